# The service: the same image is the web server, the worker and the commands (`docker run … congvu --help`).
# PostgreSQL, slapd, Dovecot and Postfix are not in it; deploy/ has their configuration, deploy/compose.yaml an example.
FROM debian:12-slim

COPY deploy/packages.txt /tmp/packages.txt
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(sed 's/#.*//' /tmp/packages.txt) \
 && rm -rf /var/lib/apt/lists/* /tmp/packages.txt

WORKDIR /opt/congvu
ENV PATH=/opt/congvu/.venv/bin:$PATH PYTHONUNBUFFERED=1

# The locked packages first: they change less often than the code.
COPY requirements.txt ./
RUN python3 -m venv .venv \
 && pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY directory directory
COPY provisioning provisioning
COPY templates templates
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

# It owns nothing and writes to /tmp only, so the image may run read-only.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin congvu
USER congvu
WORKDIR /tmp

EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthy', timeout=8)"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "provisioning.app:create_app()"]
