"""Owns what a PHP project proposes: Composer's install, PHPStan, PHPUnit or Pest with a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.survey import Manifest, Place, Survey, inside

_PHPUNIT: Final = ("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")
_PHPSTAN: Final = ("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon")


def php(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """Composer; PHPStan; PHPUnit or Pest, which both write JUnit themselves."""
    for folder in survey.homes("composer.json"):
        manifest = survey.manifest(inside(folder, "composer.json"))
        if manifest is None:
            continue
        if lock := survey.has(inside(folder, "composer.lock")):
            yield Proposal(
                Kind.INSTALL, "composer-install", "composer install --no-interaction --no-progress", Place(lock, 0),
                why="a lock file is there", folder=folder, marks=("composer install",),
            )  # fmt: skip
        else:
            yield Proposal(
                Kind.INSTALL, "composer-install", "composer install", Place(manifest.path, 0), folder=folder,
                doubt="no lock file is there, so it need not install the same twice", marks=("composer install",),
            )  # fmt: skip
        stan = survey.has(*(inside(folder, name) for name in _PHPSTAN))
        if stan and _needs(manifest, "phpstan/phpstan"):
            yield Proposal(
                Kind.CHECK, "phpstan", "vendor/bin/phpstan analyse --no-progress --no-interaction", Place(stan, 0),
                folder=folder, marks=("phpstan",), asked=False,
            )  # fmt: skip
        configured = survey.has(*(inside(folder, name) for name in _PHPUNIT))
        for name, package in (("pest", "pestphp/pest"), ("phpunit", "phpunit/phpunit")):
            if at := _needs(manifest, package):
                doubt = "" if configured else "no phpunit.xml says where the tests are"
                where = f"reports/{name}.xml"
                yield Proposal(
                    Kind.TEST, name, f"vendor/bin/{name} --log-junit {where}", at, folder=folder, doubt=doubt,
                    report=Report("junit", where), marks=(name, "composer test"),
                )  # fmt: skip
                break


def _needs(manifest: Manifest, package: str) -> Place | None:
    for kind in ("require-dev", "require"):
        if package in manifest.table(kind):
            return manifest.at(kind, package)
    return None
