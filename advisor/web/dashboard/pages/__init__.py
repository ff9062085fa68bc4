"""What is on each page? One file a page: look up, compute by the other rooms, show."""
