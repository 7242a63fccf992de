"""SQLAlchemy: one listener, and every transaction of a session says who and why. DATABASE_URL names the database."""
import os

from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

engine = create_engine(os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg2://"))


@event.listens_for(Session, "after_begin")
def say_who_and_why(session, transaction, connection):
    context = session.info.get("audit")
    if context:
        connection.execute(
            text("select audit.begin(actor => :actor, reason => :reason, reason_code => :code, tenant => :tenant)"), context
        )


with Session(engine, info={"audit": {"actor": "ann", "reason": "Spring promotion", "code": "PROMOTION", "tenant": "demo"}}) as session:
    session.execute(text("update toy set price = 9.99 where name = 'kite'"))
    session.commit()
