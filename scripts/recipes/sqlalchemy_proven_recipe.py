"""SQLAlchemy: every transaction proves who acts. DATABASE_URL names the database, WHENCE_ACTOR_SECRET is the secret that it shares."""
import hashlib
import hmac
import os

from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

engine = create_engine(os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg2://"))
secret = os.environ["WHENCE_ACTOR_SECRET"].encode()


@event.listens_for(Session, "after_begin")
def prove_who_acts(session, transaction, connection):
    context = session.info.get("audit")
    if context:
        nonce = connection.scalar(text("select audit.nonce()"))
        signed = f"{nonce}\n{context['tenant']}\n{context['actor']}".encode()
        mac = hmac.new(secret, signed, hashlib.sha256).hexdigest()
        connection.execute(
            text("select audit.begin(actor => :actor, reason => :reason, tenant => :tenant, mac => :mac)"), {**context, "mac": mac}
        )


with Session(engine, info={"audit": {"actor": "ann", "reason": "Spring promotion", "tenant": "demo"}}) as session:
    session.execute(text("update toy set price = 9.99 where name = 'kite'"))
    session.commit()
