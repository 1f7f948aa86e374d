import pytest

from modelwright.targets.trial.batch import CRASH, LIMIT, Outcome
from modelwright.targets.trial.explain import explain, plain

ORT = "[ONNXRuntimeError] : 1 : FAIL : "


@pytest.mark.parametrize(
    ("message", "code", "said"),
    [
        (ORT + "Fatal error: foo:Bar(-1) is not a registered function/op", 1, "it has no operator foo:Bar"),
        (
            ORT + "In Node, Error No Op registered for Gelu with domain_version of 17",
            1,
            "it has no operator Gelu at opset 17",
        ),
        (
            "Could not find an implementation for Softsign(1) node with name 's'",
            3,
            "it has no kernel for Softsign with these dtypes",
        ),
        ("In Node, Error Unrecognized attribute: alpha for operator Relu", 2, "Relu has no attribute alpha"),
        (
            "Type Error: Type 'tensor(string)' of input parameter (x) of operator (Relu) in node () is invalid.",
            3,
            "Type 'tensor(string)' of input parameter (x) is not allowed",
        ),
        (
            "model.cc:1 Unsupported model IR version: 15, max supported IR version: 13",
            7,
            "IR version 15 is newer than 13, the newest it reads",
        ),
        (
            "Opset 27 is under development. Current official support for domain ai.onnx is till opset 26.",
            7,
            "opset 27 is newer than 26, the newest it reads",
        ),
        ("false", 1, "it does not have this operator"),
        (
            'creator && "Plugin not found, are the plugin name, version, and namespace correct?"',
            1,
            "it has no such operator, and no plugin for it",
        ),
        (
            'Assertion failed: convertDtype(onnxDtype.elem_type(), &trtDtype) && "Failed to convert"',
            3,
            "it does not have one of these dtypes",
        ),
        (
            '(antialias == 0) && "Antialiasing is not supported currently."',
            2,
            "Antialiasing is not supported currently.",
        ),
        (
            "Assertion !layerImpls.empty() failed. NonMaxSuppression_2 has no runners that implement it",
            1,
            "it has no kernel for this operator",
        ),
        (
            "CHECK(op->is_decomposable()) failed. Attention operation was not supported by a dedicated kernel.",
            1,
            "it has no kernel for Attention in this form",
        ),
        (
            "FrontEnd API failed: Failed operations detailed log: -- Col2Im-18 with a message: only 2-D",
            2,
            "it does not take Col2Im in this form: only 2-D",
        ),
    ],
)
def test_the_engines_words(message, code, said):
    assert explain(Outcome(accepted=False, stage="load", kind="Fail", message=message)) == (code, said)


def test_ends_of_the_process():
    crash = Outcome(accepted=False, stage="load", kind=CRASH, message="was ended by signal SIGSEGV")
    assert explain(crash) == (12, "its process was ended by signal SIGSEGV")
    assert explain(Outcome(accepted=False, stage="load", kind=LIMIT, message="it took longer than allowed"))[0] == 13


def test_a_kind_that_says_it_all():
    outcome = Outcome(accepted=False, stage="load", kind="UNSUPPORTED_NODE_DATATYPE", message="only float here")
    assert explain(outcome) == (3, "only float here")


def test_noise_is_taken_out():
    text = (
        ORT
        + "Non-zero status code returned while running Conv node. Name:'c' Status Message: Invalid input shape: {3,3}"
    )
    assert plain(text) == "Invalid input shape: {3,3}"
    inner = "/src/core/reshape_helper.h:91 onnxruntime::ReshapeHelper::ReshapeHelper(const T&, bool) it cannot be"
    assert plain(inner) == "it cannot be"
    assert len(plain("x" * 5000)) < 400
