"""`check` knows which commands ask, watch, serve or test; what only looks like one is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.definition.linting import rules


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("tsc --watch", True),
        ("tsc -w", True),
        ("npx --yes tsc --watch", True),
        ("nodemon server", True),
        ("npm run watch", True),
        ("npm run css:watch", True),
        ("tail -f log", True),
        ("docker compose logs -f api", True),
        ("webpack --watch=true", True),
        ("sudo -n env A=1 tsc --watch", True),
        ("tsc --watch=false", False),
        ("tsc --no-watch", False),
        ("tail -n 5 log", False),
        ("grep -w x file", False),
        ("echo --watch=no", False),
        ("git log -- --watch.txt", False),
    ],
)
def test_what_watches_and_never_ends(tmp_path: Path, script: str, found: bool) -> None:
    """Only the hard timeout would end it."""
    assert rules(tmp_path, script) == (["watch-mode"] if found else [])


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("npm init", True),
        ("npm init -y", False),
        ("sudo systemctl restart x", True),
        ("sudo -u root ls -n", True),
        ("sudo -n ls", False),
        ("sudo -nE ls", False),
        ("sudo --non-interactive ls", False),
        ("git commit", True),
        ("git commit -a", True),
        ("git commit -am x", False),
        ("git commit --message=x", False),
        ("git commit --amend --no-edit", False),
        ("git rebase -i main", True),
        ("git rebase main", False),
        ("git add -p", True),
        ("git add -A", False),
        ("ssh host true", True),
        ("ssh -o BatchMode=yes host true", False),
        ("ssh -oBatchMode=yes host true", False),
        ("scp a host:b", True),
        ("ssh -V", False),
        ("ssh-keygen -l -f x", False),
        ("read -p 'Sure?' x", True),
        ("while read -r line; do echo; done", False),
        ("apt-get install jq", True),
        ("apt-get install -y jq", False),
        ("sudo -n apt-get -y install jq", False),
        ("sudo -n apt-get install jq", True),
        ("docker run -it x", True),
        ("docker exec -t x ls", True),
        ("docker run --rm x", False),
        ("docker login", True),
        ("docker login --password-stdin", False),
        ("vim x", True),
        ("crontab -e", True),
        ("crontab x", False),
        ("rm -i x", True),
        ("rm -rf x", False),
        ("echo sudo", False),
        ("npm --version", False),
    ],
)
def test_what_asks_a_person(tmp_path: Path, script: str, found: bool) -> None:
    """Nobody is there to answer."""
    assert rules(tmp_path, script) == (["asks"] if found else [])


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("./server &", True),
        ("nohup ./server", True),
        ("setsid ./server", True),
        ("npm start", True),
        ("npm run dev", True),
        ("docker compose up -d", True),
        ("docker run -d x", True),
        ("python3 -m http.server 80", True),
        ("uvicorn app:app", True),
        ("python manage.py runserver", True),
        ("redis-server --daemonize yes", True),
        ("a & b & wait", False),
        ("./server & pid=$!; trap 'kill $pid' EXIT; ./use", False),
        ("./server & kill %1", False),
        ("docker run --rm x", False),
        ("nginx -t", False),
        ("uvicorn --version", False),
        ("a && b", False),
        ("a 2>&1 >x", False),
        ("a &>x", False),
        ("echo 'a &'", False),
        ("npm run start-report", False),
    ],
)
def test_a_server_without_keep(tmp_path: Path, script: str, found: bool) -> None:
    """The step's end would be its end."""
    assert rules(tmp_path, script) == (["server-without-keep"] if found else [])


def test_a_server_that_is_kept_is_fine(tmp_path: Path) -> None:
    """That is what `keep` says."""
    assert rules(tmp_path, "npm start &", "        keep: web\n") == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("pytest", True),
        ("python3 -m pytest -x", True),
        ("npm test", True),
        ("npm run test:unit", True),
        ("npx jest", True),
        ("poetry run pytest", True),
        ("go test ./...", True),
        ("cargo nextest run", True),
        ("./gradlew clean test", True),
        ("mvn -B verify", True),
        ("make test", True),
        ("timeout 60 pytest", True),
        ("CI=1 pytest", True),
        ("pytest --collect-only", False),
        ("make testdata", False),
        ("echo pytest", False),
        ("pip install pytest", False),
    ],
)
def test_a_suite_without_a_report(tmp_path: Path, script: str, found: bool) -> None:
    """An exit code is a claim; the report is the evidence."""
    assert rules(tmp_path, script) == (["suite-without-report"] if found else [])


def test_a_step_that_has_a_terminal_may_ask_for_one(tmp_path: Path) -> None:
    """What would fail without one is right there; what asks a person still has nobody to answer."""
    assert rules(tmp_path, "docker run -t x") == ["asks"]
    assert rules(tmp_path, "docker run -t x", "        tty: true\n") == []
    assert rules(tmp_path, "rm -i x", "        tty: true\n") == ["asks"]
