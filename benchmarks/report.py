def record(results):
    pass


def write():
    pass
