# One file, two images: the CPU's by default, an NVIDIA GPU's with --build-arg TORCH=cuda (run it with --gpus all).
# Every package is installed by its hash from locks/. Only torch's CPU wheels come by version from PyTorch's own index,
# since PyPI has none for x86-64.
ARG BASE=python:3.12-slim

FROM ${BASE} AS base
# tini reaps what processes leave behind that are killed while they open a picture.
# Chinese letters, for names on the sheet of styles and words on the loss curve: 5 MB, Apache License 2.0.
# Pillow joins Arabic letters with libfribidi.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-wqy-microhei libfribidi0 tini \
    && rm -rf /var/lib/apt/lists/*

FROM base AS build
ARG TORCH=cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends binutils \
    && rm -rf /var/lib/apt/lists/* \
    && python -m venv /opt/atelier
ENV PATH=/opt/atelier/bin:$PATH
WORKDIR /src
# torch first: the largest layer, and the one that changes least.
COPY locks ./locks
RUN case "$TORCH" in \
        cpu) pip install --no-compile --no-deps --index-url "$TORCH_INDEX" --requirement locks/torch.txt \
            && pip install --no-compile --no-deps --require-hashes --requirement locks/cpu.txt ;; \
        cuda) pip install --no-compile --no-deps --require-hashes --requirement locks/run.txt ;; \
        *) echo "TORCH is cpu or cuda" >&2; exit 1 ;; \
    esac
COPY pyproject.toml README.md LICENSE ./
COPY core ./core
COPY bot ./bot
RUN pip install --no-compile --no-deps --no-build-isolation .
# Nothing is installed, compiled, linked, tested or debugged in the image.
RUN pip uninstall --yes pip setuptools \
    && rm -rf /opt/atelier/lib/python3*/site-packages/torch/include /opt/atelier/lib/python3*/site-packages/torch/test \
    && find /opt/atelier -path '*/torch/bin/*' -type f ! -name torch_shm_manager -delete \
    && find /opt/atelier -type d -name tests -prune -exec rm -rf {} + \
    && find /opt/atelier -name '*.a' -delete \
    && strip --strip-unneeded /opt/atelier/lib/python3*/site-packages/torch/lib/libtorch_cpu.so
# A first picture shows that the weights are on board, and compiles the modules that a start reads, and no others.
WORKDIR /src/bot/playground/samples
RUN python -m core chelsea.jpg waves.jpg -o /tmp/first.png --preset quick --size 64 --evaluations 3 --device cpu \
    && python -c "import bot.app, bot.playground.server, core.engines.dask, core.engines.dask_worker, core.pictures.child, core.render.film, core.render.loss_curve"

FROM base
COPY --from=build /opt/atelier /opt/atelier
RUN useradd --create-home --uid 10001 atelier && install -d -o atelier -g atelier /data
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
# The root file system may be read-only: what is written goes to /data, and to /tmp, which may be in memory.
ENV PATH=/opt/atelier/bin:$PATH \
    DATA_DIR=/data \
    METRICS_PORT=9464 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /data
VOLUME /data
EXPOSE 9464
# Loading torch takes its time on a small machine; until then the bot is not ready.
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m --retries=3 \
    CMD ["python", "-I", "-c", "import os, urllib.request as ask; ask.urlopen(f'http://127.0.0.1:{os.environ[\"METRICS_PORT\"]}/readyz', timeout=8)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "bot"]
