import sys

from nn.command import main

sys.exit(main())
