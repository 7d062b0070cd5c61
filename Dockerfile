FROM python:3.11-slim-bookworm AS build

WORKDIR /src
# A virtual environment has fixed paths, so it stands here where it will stand at the end.
RUN python -m venv /opt/huifang

# The dependencies by themselves: they change seldom, and this is the slow layer.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], sep='\n')" > requirements.txt \
    && /opt/huifang/bin/python -m pip install --no-cache-dir --constraint constraints.txt --requirement requirements.txt

COPY . .
RUN /opt/huifang/bin/python -m pip wheel --no-cache-dir --no-deps --wheel-dir /dist . \
    && /opt/huifang/bin/python -m pip install --no-cache-dir --no-deps /dist/huifang-*.whl \
    && /opt/huifang/bin/python -m pip check


FROM python:3.11-slim-bookworm

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/huifang --shell /usr/sbin/nologin huifang \
    && install --directory --owner=huifang --group=huifang /var/lib/huifang
COPY --from=build /opt/huifang /opt/huifang

ENV PATH="/opt/huifang/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUIFANG_BIND=0.0.0.0:8080

# Holds the embedded database where no other is named.
WORKDIR /var/lib/huifang
VOLUME /var/lib/huifang
USER 10001:10001
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]

ENTRYPOINT ["huifang"]
CMD ["serve"]
