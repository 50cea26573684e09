"""What the card's button opens: server-rendered HTML that works on a phone without script."""
