# Runs on a CPU, and on an NVIDIA GPU with `docker run --gpus all`: the torch wheel brings CUDA along. For a smaller
# CPU-only image, name the package index that has torch's CPU wheels: --build-arg PIP_INDEX_URL=...
FROM python:3.12-slim

ARG PIP_INDEX_URL
# [dask] for the machines of a cluster.
ARG EXTRAS=
ARG TORCH="torch==2.14.1 torchvision==0.29.1"

# tini reaps what processes leave behind that are killed while they open a picture.
# Chinese letters, for names on the sheet of styles and words on the loss curve: 5 MB, Apache License 2.0.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-wqy-microhei tini \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 atelier && install -d -o atelier -g atelier /data

WORKDIR /app
# torch first: the largest layer, and the one that changes least.
RUN pip install --no-cache-dir $TORCH
COPY pyproject.toml README.md LICENSE ./
COPY core ./core
COPY bot ./bot
RUN PIP_INDEX_URL= pip install --no-cache-dir ".${EXTRAS}"

USER atelier
ENV DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "bot"]
