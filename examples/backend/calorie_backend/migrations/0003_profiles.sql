CREATE TABLE profiles (
    user_id        INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    goal           TEXT NOT NULL CHECK (goal IN ('lose', 'maintain', 'gain')),
    daily_calories INTEGER NOT NULL CHECK (daily_calories > 0),
    updated_at     TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
