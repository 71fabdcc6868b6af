-- Only the digest of a token is kept: who reads the table cannot use what is in it.
CREATE TABLE sessions (
    token_digest TEXT PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at   INTEGER NOT NULL
);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
