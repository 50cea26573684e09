"""`python -m shared.cli`."""

from shared.cli import main, print_anything

print_anything()
raise SystemExit(main())
