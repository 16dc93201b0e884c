"""Writes torch.json: what PyTorch's LSTM, GRU and attention make of small inputs, and their gradients.

    pip install torch numpy && python make.py
"""

import json
import math
import pathlib

import torch

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def numbers(x):
    return {"dims": list(x.shape), "values": [float(f"{v:.12g}") for v in x.detach().flatten().tolist()]}


def case(inputs, out):
    """The result, and the gradients of a weighted sum of it."""
    weights = torch.randn_like(out)
    (out * weights).sum().backward()
    return {
        "inputs": {name: numbers(x) for name, x in inputs.items()},
        "out": numbers(out),
        "weights": numbers(weights),
        "grads": {name: numbers(x.grad) for name, x in inputs.items()},
    }


def leaf(*dims):
    return torch.randn(*dims, requires_grad=True)


def recurrent(kind, gates):
    time, batch, n_in, hidden = 5, 3, 4, 3
    module = kind(n_in, hidden)
    x, h = leaf(time, batch, n_in), leaf(batch, hidden)
    inputs = {"x": x, "h": h}
    if gates == 4:
        inputs["c"] = leaf(batch, hidden)
        out, (last_h, last_c) = module(x, (h[None], inputs["c"][None]))
        out = torch.cat([out, last_h, last_c])
    else:
        out, last_h = module(x, h[None])
        out = torch.cat([out, last_h])
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    return case(inputs | {name: getattr(module, name) for name in names}, out)


def rotate(x, base=10000.0):
    """Rotary positions in the order of LLaMA; x is [batch, heads, time, head_dim]."""
    half = x.shape[-1] // 2
    angles = torch.arange(x.shape[-2])[:, None] * base ** (-torch.arange(half) / half)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


def attention(causal, rotary):
    batch, time, heads, kv, dim = 2, 6, 4, 2, 4
    qkv = leaf(batch, time, (heads + 2 * kv) * dim)
    q, k, v = qkv.split([heads * dim, kv * dim, kv * dim], -1)
    q, k, v = (x.view(batch, time, -1, dim).transpose(1, 2) for x in (q, k, v))
    if rotary:
        q, k = rotate(q), rotate(k)
    k, v = (x.repeat_interleave(heads // kv, 1) for x in (k, v))
    out = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=1 / math.sqrt(dim))
    return case({"qkv": qkv}, out.transpose(1, 2).reshape(batch, time, heads * dim))


def feed_forward():
    x, weight, bias = leaf(3, 5, 6), leaf(6), leaf(6)
    out = torch.nn.functional.layer_norm(x, (6,), weight, bias)
    return case({"x": x, "weight": weight, "bias": bias}, torch.nn.functional.gelu(out, approximate="tanh"))


cases = {
    "torch": torch.__version__,
    "lstm": recurrent(torch.nn.LSTM, 4),
    "gru": recurrent(torch.nn.GRU, 3),
    "attention": attention(False, False),
    "causal_rotary": attention(True, True),
    "norm_gelu": feed_forward(),
}
path = pathlib.Path(__file__).with_name("torch.json")
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
