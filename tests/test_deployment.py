"""What an operator deploys says what the program understands, and gives away no more than it has to."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from core.engines import cluster_arguments

ROOT = Path(__file__).parents[1]
UNITS = sorted((ROOT / "docs" / "systemd").glob("*.service"))
INSTRUCTION = re.compile(r"^([A-Z]+)\s+(.*)$")


def dockerfile() -> list[tuple[str, str]]:
    """Its instructions with their arguments, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [found.groups() for line in joined.splitlines() if (found := INSTRUCTION.match(line))]  # type: ignore[misc]


def last_stage() -> dict[str, str]:
    instructions = dockerfile()
    begin = max(at for at, (name, _) in enumerate(instructions) if name == "FROM")
    return dict(instructions[begin:])


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return found


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, "utf-8")
    return parser


def test_the_image_runs_as_a_user_that_is_not_root() -> None:
    assert all(int(number) >= 1000 for number in last_stage()["USER"].split(":"))


def test_the_image_is_healthy_when_the_bot_is_ready() -> None:
    stage = last_stage()
    assert "/readyz" in stage["HEALTHCHECK"]
    assert 'os.environ[\\"METRICS_PORT\\"]' in stage["HEALTHCHECK"]
    assert re.search(r"\bMETRICS_PORT=\d+", stage["ENV"])


def test_the_image_installs_by_hash_whatever_has_one() -> None:
    (script,) = (
        words for name, words in dockerfile() if name == "RUN" and "locks/run.txt" in words
    )
    for install in re.findall(r"pip install [^;&]*", script):
        assert "--require-hashes" in install or '--index-url "$TORCH_INDEX"' in install


def test_what_the_image_needs_is_in_the_context() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for name, words in dockerfile():
        if name == "COPY" and "--from" not in words:
            for source in words.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored


def test_the_images_first_picture_is_made_of_what_exists() -> None:
    (script,) = (words for name, words in dockerfile() if name == "RUN" and "-m core" in words)
    folder = ROOT / "bot" / "playground" / "samples"
    assert len(pictures := re.findall(r"\S+\.jpg", script)) == 2
    assert all((folder / picture).exists() for picture in pictures)
    (modules,) = re.findall(r'"import ([^"]+)"', script)
    for module in modules.split(", "):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists(), module


def test_each_container_is_confined_limited_and_started_anew() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["restart"] == "unless-stopped", name
        assert {"mem_limit", "cpus", "pids_limit"} <= set(service), name
        # What is published at all is published to this machine only.
        assert all(one.startswith("127.0.0.1:") for one in service.get("ports", ())), name


def test_the_containers_are_set_up_with_settings_that_exist() -> None:
    services = compose()["services"]
    for name in ("bot", "scheduler", "worker"):
        given = {key.lower() for key in services[name].get("environment", {})}
        assert given <= set(Settings.model_fields), name
    assert services["bot"]["env_file"] == ".env"


def test_a_bot_that_stops_in_order_is_not_ended_before() -> None:
    needed = Settings.model_fields["drain_seconds"].default
    waits = [compose()["services"]["bot"]["stop_grace_period"]]
    waits += [unit(path)["Service"]["TimeoutStopSec"] for path in UNITS]
    assert all(int(wait.removesuffix("s")) > needed + 5 for wait in waits)


@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_the_clusters_containers_are_commanded_with_words_that_exist(name: str) -> None:
    python, module, package, *words = compose()["services"][name]["command"]
    assert [python, module, package] == ["python", "-m", "core"]
    assert cluster_arguments.parse(words).command in {"cluster", "worker"}


def test_only_what_exists_is_mounted() -> None:
    composed = compose()
    for name, service in composed["services"].items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            made_by_the_operator = source == "./tls"
            assert made_by_the_operator or source in composed["volumes"] or (ROOT / source).exists()
            assert source in composed["volumes"] or mount.endswith(":ro"), name


def test_prometheus_asks_the_port_at_which_the_bot_answers() -> None:
    asked = yaml.safe_load((ROOT / "docs/monitoring/prometheus.yml").read_text("utf-8"))
    (job,) = asked["scrape_configs"]
    port = compose()["services"]["bot"]["environment"]["METRICS_PORT"]
    assert job["job_name"] == "atelier"
    assert job["static_configs"][0]["targets"] == [f"bot:{port}"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_starts_what_exists_and_is_hardened(path: Path) -> None:
    service = unit(path)["Service"]
    python, module, package, *words = service["ExecStart"].split()
    assert [Path(python).name, module] == ["python", "-m"]
    assert (ROOT / package / "__main__.py").exists()
    if package == "core":
        assert cluster_arguments.parse(words).command == "worker"
    assert service["Restart"] == "on-failure"  # also after exit code 70
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "ProtectHome"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_each_unit(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    copy = tmp_path / path.name
    copy.write_text(
        path.read_text("utf-8").replace("/opt/atelier/.venv/bin/python", sys.executable)
    )
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False
    )
    # It looks at the machine's own units, too.
    assert [line for line in told.stderr.splitlines() if "atelier" in line] == []
