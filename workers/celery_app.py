"""The Celery application: its settings and nothing else. A message is a hint; the database decides."""

from __future__ import annotations

from celery import Celery

_HOURS = 12 * 3600


def create_celery(broker_url: str) -> Celery:
    """Return a Celery application that talks to `broker_url`; connects when first used."""
    celery = Celery("workers", broker=broker_url, set_as_current=False)
    celery.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        # A message is given up only when its run's fate is in the database; claiming twice finds nothing.
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        worker_prefetch_multiplier=1,
        task_create_missing_queues=True,
        task_default_queue="cpu",
        broker_transport_options={
            "visibility_timeout": _HOURS,
            "socket_timeout": 5.0,
            "socket_connect_timeout": 2.0,
            "socket_keepalive": True,
            "max_retries": 0,
        },
        broker_connection_timeout=2.0,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_proc_alive_timeout=60.0,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        task_publish_retry=False,
        timezone="UTC",
    )
    return celery
