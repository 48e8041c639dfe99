"""Sown bugs that change nothing anyone can see, each with the reason: (module, before, after), "*" for any."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("autograd.graph", "node.number < since", "node.number <= since"): "`since` is a number that was taken from the counter for no node",
    ("autograd.graph", "node.number > _last_change", "False"): "a way out before a walk that finds nothing; it saves the walk",
    ("autograd.graph", "error is not None", "True"): "after a sweep the slots are empty already",
    ("nn.hooks", "self.recording = self.waiting = 0", "pass"): "`enter` comes first and sets both",
    ("nn.hooks", "watched(a, tell) if r else a", "watched(a, tell)"): "an operation hands on what does not record",
    ("nn.hooks", "3.0", "4.0"): "where samples of the operation may be drawn",
    ("nn.optim.combined", "index > 0", "index >= 0"): "before the first milestone the epoch is none of them",
    ("nn.optim.flat", "parameter.ndim == 0", "parameter.ndim != 0"): "it only has to tell numbers from arrays",
    ("nn.optim.schedules", "epoch - 1", "1 - epoch"): "whole multiples of 2·T_max apart",
    ("nn.optim.schedules", "lr * float(self.gamma**times) if times else lr", "lr * float(self.gamma ** times)"): "gamma to the 0 is 1",
    ("autograd.accumulation", "4096", "4097"): "where one way of summing rows takes over from another; both give the sum",
    ("autograd.accumulation", "gradient.shape != parent.shape", "True"): "a sum over no axes is the gradient itself",
}
