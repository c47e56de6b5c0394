# syntax=docker/dockerfile:1
# Two images from one file: `dashboard` (light: never contains torch) and `worker`.
#   docker build --target dashboard -t compress-and-compare-dashboard .
#   docker build --target worker    -t compress-and-compare-worker .

FROM python:3.11-slim AS base
ENV PATH=/opt/app/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CNC_DATA_DIR=/data
RUN python -m venv /opt/app \
    && groupadd --system --gid 10001 cnc \
    && useradd --system --uid 10001 --gid cnc --no-create-home cnc \
    && install -d -o cnc -g cnc /data /cache
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./

# The packages of others first, in layers that a change of our own code leaves alone.
FROM base AS dashboard-packages
RUN --mount=type=cache,target=/root/.cache/pip \
    mkdir core workers dashboard \
    && pip install --constraint constraints.txt ".[dashboard,s3]" \
    && pip uninstall --yes compress-and-compare
COPY docker/slim.py /tmp/
RUN python /tmp/slim.py /opt/app/lib/python3.11/site-packages

FROM base AS worker-packages
RUN --mount=type=cache,target=/root/.cache/pip \
    mkdir core workers dashboard \
    && pip install --constraint constraints.txt ".[worker,s3]" \
    && pip uninstall --yes compress-and-compare

FROM dashboard-packages AS dashboard-build
COPY core core
COPY workers workers
COPY dashboard dashboard
RUN pip install --no-cache-dir --no-deps .

FROM worker-packages AS worker-build
COPY core core
COPY workers workers
COPY dashboard dashboard
RUN pip install --no-cache-dir --no-deps .

FROM base AS dashboard
COPY --from=dashboard-build /opt/app /opt/app
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV CNC_HOST=0.0.0.0
EXPOSE 8050
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8050/readyz', timeout=4)"]
CMD ["compress-compare", "serve", "--no-worker"]

FROM base AS worker
COPY --from=worker-build /opt/app /opt/app
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/cache"]
# The user has no home to keep downloads in.
ENV HF_HOME=/cache/huggingface TORCH_HOME=/cache/torch
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 \
    CMD ["compress-compare", "worker", "--healthy"]
CMD ["compress-compare", "worker"]
