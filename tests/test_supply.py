"""What is installed is locked: each package with its hashes, in versions that pyproject.toml allows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests import licences

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;]+)")
CPU, RUN, DEV = "cpu.txt", "run.txt", "dev.txt"


def entries(name: str) -> list[str]:
    """The requirements of a lock file, each with its continued lines."""
    text = (ROOT / "locks" / name).read_text("utf-8")
    return [one for one in text.replace("\\\n", "").splitlines() if one and one[0] != "#"]


def versions(name: str) -> dict[str, str]:
    found = [PINNED.match(one) for one in entries(name)]
    return {one[1]: one[2] for one in found if one}


def project() -> dict[str, list[str]]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


@pytest.mark.parametrize("name", [CPU, RUN, DEV])
def test_each_locked_package_has_its_hashes(name: str) -> None:
    locked = entries(name)
    assert len(locked) == len(versions(name)) > 50
    for one in locked:
        assert "--hash=sha256:" in one, one[:80]


@pytest.mark.parametrize(("name", "extras"), [(RUN, ("", "dask")), (DEV, ("", "dask", "dev"))])
def test_whatever_the_project_needs_is_locked_in_a_version_that_it_allows(
    name: str, extras: tuple[str, ...]
) -> None:
    locked = versions(name)
    for extra in extras:
        for needed in map(Requirement, project()[extra]):
            if needed.name != "atelier":
                version = locked[needed.name.lower().replace("_", "-")]
                assert needed.specifier.contains(version), needed


def test_the_images_and_the_tests_have_the_same_versions() -> None:
    dev = versions(DEV)
    assert versions(RUN).items() <= dev.items()
    assert versions(CPU).items() <= dev.items()
    missing = set(versions(RUN)) - set(versions(CPU))
    assert {"torch", "torchvision"} < missing
    assert all(re.match(r"torch|nvidia|cuda|triton", name) for name in missing)


def test_the_cpus_image_takes_the_torch_that_is_tested() -> None:
    assert versions("torch.txt").items() <= versions(RUN).items()


def test_no_lock_names_a_place_where_packages_lie() -> None:
    for path in (ROOT / "locks").iterdir():
        assert "://" not in path.read_text("utf-8"), path.name


@pytest.mark.parametrize(
    ("told", "encoders", "fine"),
    [
        ("MIT", [], True),
        ("LGPL-3.0-only", [], True),
        ("GNU Lesser General Public License v3 (LGPLv3)", [], True),
        ("Apache-2.0 AND MIT", [], True),
        ("GPL-2.0-or-later", [], False),
        ("MIT AND GPL-3.0-only", [], False),
        ("GNU General Public License v3 (GPLv3)", [], False),
        ("not told", [], False),
        ("BSD-3-Clause", ["x265"], False),
    ],
)
def test_what_is_neither_permissive_nor_lgpl_is_objected_to(
    told: str, encoders: list[str], *, fine: bool
) -> None:
    assert (licences.objection("some-package", told, encoders) is None) is fine


def test_the_workflows_call_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in (ROOT / ".github" / "workflows").iterdir():
        jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
        called = [
            words.split()[1]
            for job in jobs
            for step in job["steps"]
            if (words := step.get("run", "")).startswith("make ")
        ]
        assert called
        assert set(called) <= targets, path.name
