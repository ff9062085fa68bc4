"""How did the tables come to be, one revision after the other? Read by Alembic."""
