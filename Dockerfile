# The CPU image. For CUDA, build with: --build-arg TORCH_INDEX= (PyPI's wheels bring CUDA along), and run with --gpus all.
FROM python:3.12-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG TORCH="torch==2.14.1 torchvision==0.29.1"

RUN useradd --create-home --uid 10001 atelier && install -d -o atelier -g atelier /data

WORKDIR /app
# torch first: the largest layer, and the one that changes least.
RUN pip install --no-cache-dir ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} $TORCH
COPY pyproject.toml README.md LICENSE ./
COPY core ./core
COPY bot ./bot
RUN pip install --no-cache-dir .

USER atelier
ENV DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
STOPSIGNAL SIGTERM
CMD ["python", "-m", "bot"]
