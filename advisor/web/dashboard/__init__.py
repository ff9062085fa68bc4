"""How does somebody who never opens a terminal look at it? Pages and a JSON API in a browser."""
