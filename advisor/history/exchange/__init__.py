"""How do runs go to others and come from them? Nothing leaves that is not named, nothing that comes
is trusted."""
