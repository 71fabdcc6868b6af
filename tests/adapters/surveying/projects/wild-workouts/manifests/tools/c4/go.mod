module github.com/ThreeDotsLabs/wild-workouts-go-ddd-example/internal/c4
