// Signs up against the backend named by ?api=http://127.0.0.1:3000 and says what came back.
const api = new URLSearchParams(location.search).get("api") ?? "http://127.0.0.1:3000";
const status = document.querySelector("[role=status]");

document.querySelector("#signup").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(`${api}/auth/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(event.target))),
  });
  const body = await answer.json();
  status.textContent = answer.status === 201 ? `Welcome, ${body.user.email}` : body.error.message;
});
