"""How is each kind of server spoken to? One dialect a file; `openai` is what most of them share."""
