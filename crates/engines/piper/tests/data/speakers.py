#!/usr/bin/env python3
"""Makes speakers.onnx and speakers.onnx.json: a voice of three speakers as Piper exports it, but tiny and untrained.

It hums; what matters is that its graph has the parts and the names of a real one: text side, flow and decoder, all of
them told who speaks. Needs the packages onnx and numpy.
"""

import json
import re
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

CHANNELS, SPEAKER, SYMBOLS, SPEAKERS = 16, 4, 64, 3
HALF = CHANNELS // 2
random = np.random.default_rng(7)
nodes, constants = [], []


def constant(name, values):
    constants.append(numpy_helper.from_array(np.asarray(values), name))
    return name


def node(operator, name, inputs, outputs=1, **attributes):
    made = [f"{name}_output_{n}" for n in range(outputs)]
    nodes.append(helper.make_node(operator, inputs, made, name=name, **attributes))
    return made[0] if outputs == 1 else made


def conv(name, x, outputs, inputs, taps=1, dilation=1, bias=True, operator="Conv", stride=1, padding=None):
    shape = (outputs, inputs, taps) if operator == "Conv" else (inputs, outputs, taps)
    scale = 0.8 / np.sqrt(inputs * taps / stride)
    weights = [constant(f"{name}.weight", (random.standard_normal(shape) * scale).astype(np.float32))]
    if bias:
        weights.append(constant(f"{name}.bias", (random.standard_normal(outputs) * 0.1).astype(np.float32)))
    padding = dilation * (taps - 1) // 2 if padding is None else padding
    sizes = dict(kernel_shape=[taps], dilations=[dilation], strides=[stride], pads=[padding] * 2, group=1)
    path = re.sub(r"\.(?!\d)", "/", name)  # as PyTorch's exporter names nodes
    return node(operator, f"/{path}/{operator}", [x, *weights], **sizes)


def flip(name, x):
    ends = [constant(f"{name}.{key}", np.array([value])) for key, value in
            dict(start=-1, end=np.iinfo(np.int64).min, axis=1, step=-1).items()]
    return node("Slice", name, [x, *ends])


def coupling(number, x, mask, speaker):
    flow = f"flow.flows.{number}"
    at = f"/flow/flows.{number}"
    kept, changed = node("Split", f"{at}/Split", [x, constant(f"{at}/sizes", np.array([HALF, HALF]))], 2, axis=1)
    h = node("Mul", f"{at}/Mul", [conv(f"{flow}.pre", kept, CHANNELS, HALF), mask])
    g = conv(f"{flow}.enc.cond_layer", speaker, 4 * CHANNELS, SPEAKER)
    g = node("Split", f"{at}/enc/Split", [g, constant(f"{at}/enc/sizes", np.array([CHANNELS] * 4))], 4, axis=1)
    skipped = None
    for layer in range(2):
        made = conv(f"{flow}.enc.in_layers.{layer}", h, 2 * CHANNELS, CHANNELS, 5)
        made = node("Split", f"{at}/enc/Split_{layer}", [made, constant(f"{at}/enc/half_{layer}", np.array([CHANNELS] * 2))],
                    2, axis=1)
        value = node("Tanh", f"{at}/enc/Tanh_{layer}", [node("Add", f"{at}/enc/Add_a{layer}", [made[0], g[2 * layer]])])
        gate = node("Sigmoid", f"{at}/enc/Sigmoid_{layer}",
                    [node("Add", f"{at}/enc/Add_b{layer}", [made[1], g[2 * layer + 1]])])
        both = node("Mul", f"{at}/enc/Mul_{layer}", [value, gate])
        mixed = conv(f"{flow}.enc.res_skip_layers.{layer}", both, CHANNELS * (2 - layer), CHANNELS)
        if layer == 0:
            rest, skipped = node("Split", f"{at}/enc/Split_m", [mixed, constant(f"{at}/enc/m", np.array([CHANNELS] * 2))],
                                 2, axis=1)
            h = node("Mul", f"{at}/enc/Mul_h", [node("Add", f"{at}/enc/Add_h", [h, rest]), mask])
        else:
            skipped = node("Add", f"{at}/enc/Add_s", [skipped, mixed])
    after = conv(f"{flow}.post", skipped, HALF, CHANNELS)
    return node("Concat", f"{at}/Concat", [kept, node("Sub", f"{at}/Sub", [changed, after])], axis=1)


def decoder(x, speaker):
    x = conv("dec.conv_pre", x, 32, CHANNELS, 7)
    x = node("Add", "/dec/Add", [x, conv("dec.cond", speaker, 32, SPEAKER)])
    for stage, (channels, stride, taps) in enumerate([(16, 8, 16), (8, 4, 8)]):
        x = node("LeakyRelu", f"/dec/LeakyRelu_{stage}", [x], alpha=0.1)
        x = conv(f"dec.ups.{stage}", x, channels, 2 * channels, taps, operator="ConvTranspose", stride=stride,
                 padding=(taps - stride) // 2)
        blocks = []
        for block, taps in enumerate([3, 7]):
            at, made = f"resblocks.{2 * stage + block}", x
            for n, dilation in enumerate([1, 3]):
                bent = node("LeakyRelu", f"/dec/{at}/LeakyRelu_{n}", [made], alpha=0.1)
                bent = conv(f"dec.{at}.convs.{n}", bent, channels, channels, taps, dilation)
                made = node("Add", f"/dec/{at}/Add_{n}", [bent, made])
            blocks.append(made)
        x = node("Div", f"/dec/Div_{stage}",
                 [node("Add", f"/dec/Add_{stage + 1}", blocks), constant(f"/dec/two_{stage}", np.float32(2))])
    x = node("LeakyRelu", "/dec/LeakyRelu_last", [x])
    return node("Tanh", "/dec/Tanh", [conv("dec.conv_post", x, 1, 8, 7, bias=False)])


def main():
    table = constant("enc_p.emb.weight", random.standard_normal((SYMBOLS, CHANNELS)).astype(np.float32))
    speakers = constant("emb_g.weight", random.standard_normal((SPEAKERS, SPEAKER)).astype(np.float32) * 2)
    text = node("Transpose", "/enc_p/Transpose", [node("Gather", "/enc_p/emb/Gather", [table, "input"])], perm=[0, 2, 1])
    frames = node("Resize", "/Add", [text, "", constant("repeat", np.array([1, 1, 3], np.float32))], mode="nearest")
    mask = node("Cast", "/Cast_2", [node("Equal", "/Equal", [frames, frames])], to=TensorProto.FLOAT)
    mask = node("ReduceMax", "/ReduceMax", [mask, constant("channels", np.array([1]))])
    speaker = node("Unsqueeze", "/Unsqueeze", [node("Gather", "/emb_g/Gather", [speakers, "sid"]),
                                               constant("last", np.array([2]))])
    x = frames
    for number in [2, 0]:
        x = coupling(number, flip(f"/flow/flows.{number + 1}/Slice", x), mask, speaker)
    sound = decoder(node("Mul", "/Mul_7", [x, mask]), speaker)
    nodes.append(helper.make_node("Unsqueeze", [sound, constant("first", np.array([1]))], ["output"], name="/Unsqueeze_1"))
    value = helper.make_tensor_value_info
    inputs = [value("input", TensorProto.INT64, [1, "n"]), value("input_lengths", TensorProto.INT64, [1]),
              value("scales", TensorProto.FLOAT, [3]), value("sid", TensorProto.INT64, [1])]
    graph = helper.make_graph(nodes, "speakers", inputs, [value("output", TensorProto.FLOAT, None)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    here = Path(__file__).parent
    save(model, here / "speakers.onnx")
    symbols = "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæðŋɐɑɔəɛɜɡɪɹʃʊʌʒˈˌː"
    voice = {"audio": {"sample_rate": 16000}, "espeak": {"voice": "en-us"}, "num_speakers": SPEAKERS,
             "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8}, "phoneme_type": "espeak",
             "speaker_id_map": {"anna": 0, "bob": 1, "carla": 2},
             "phoneme_id_map": {symbol: [n] for n, symbol in enumerate(symbols)}}
    (here / "speakers.onnx.json").write_text(json.dumps(voice, ensure_ascii=False, indent=1) + "\n")


main()
