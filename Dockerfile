# docker build -t fiscal-server . && docker run --init -p 8080:8080 -p 127.0.0.1:8090:8090 -v fiscal:/data fiscal-server
FROM python:3.13-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /source
COPY requirements.lock requirements-dev.lock requirements-node.lock ./
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-dev.lock -r requirements-node.lock
COPY . .
RUN /build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir /wheel . \
 && /app/bin/pip install --no-cache-dir --no-deps /wheel/*.whl

FROM python:3.13-slim
# A user without rights; `fiscal` in the group of serial ports, for FNs on adapters (docker run --device /dev/ttyUSB0).
RUN useradd --create-home --home-dir /data --groups dialout fiscal
COPY --from=build /app /app
USER fiscal
WORKDIR /data
VOLUME /data
# Inside a container the ports are published by the one who runs it; outside, the default is this machine only.
ENV PATH=/app/bin:$PATH FISCAL_DATA_DIR=/data FISCAL_API_HOST=0.0.0.0 FISCAL_ADMIN_HOST=0.0.0.0 \
    FISCAL_API_PORT=8080 FISCAL_ADMIN_PORT=8090
EXPOSE 8080 8090
# The last checkpoint of a busy database takes longer than the 10 s that `docker stop` waits: docker stop -t 60.
ENTRYPOINT ["fiscal-server"]
CMD ["run"]
