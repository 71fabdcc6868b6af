"""The backend's own tests, on the standard library alone: ./dev-scripts/test.sh runs them."""
