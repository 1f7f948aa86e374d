"""What ProgramDesc's operators are called in the PIR dialect, as data.

A row is ``old = new(inputs) -> outputs | attributes``. An input is the alternatives that may give it, the first one
present being taken: ``X`` a tensor of that slot, ``*X`` all tensors of the slot as a list, ``+X`` all tensors of the
slot joined to one vector, ``@a`` an attribute as a constant (or the tensor it names). Outputs are slots, ``*Out`` a
list. Attributes are ``old>new`` (another name) or ``-old`` (of no meaning for the result); all others keep their
names, and those taken as inputs are gone. ``.`` stands for the operator's own name. Lines that are indented go on.
"""

from __future__ import annotations

from typing import Final

_SAME: Final = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh erf erfinv exp expm1 floor log log10 log1p log2 logical_not "
    "logsigmoid reciprocal relu relu6 rsqrt sigmoid sign silu sin sinh softsign sqrt square tan tanh tanh_shrink "
    "trunc digamma lgamma angle bitwise_not celu elu selu gelu stanh softplus thresholded_relu mish swish "
    "log_softmax softmax cumprod flip channel_shuffle pixel_shuffle pixel_unshuffle assign "
    "clip_by_norm squared_l2_norm is_empty fill_any isinf isnan increment"
).split()
_BINARY: Final = "bmm dot kron bitwise_and bitwise_or bitwise_xor logical_and logical_or logical_xor equal_all".split()
_COMPARISONS: Final = "equal not_equal less_than less_equal greater_than greater_equal".split()
_REDUCTIONS: Final = "all any amax amin max mean min prod sum".split()
_INTERPOLATIONS: Final = "bicubic bilinear linear nearest trilinear".split()
_ELEMENTWISE: Final = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "elementwise_pow",
    "max": "maximum",
    "min": "minimum",
    "fmax": "fmax",
    "fmin": "fmin",
    "heaviside": "heaviside",
}

_ROWS: Final = """
addmm = .(Input, X, Y) -> Out | Beta>beta, Alpha>alpha
affine_channel = .(X, Scale, Bias) -> Out | data_layout>data_format
affine_grid = .(Theta, OutputShape/@output_shape) -> Output
anchor_generator = .(Input) -> Anchors, Variances
arg_max = argmax(X, @axis) -> Out
arg_min = argmin(X, @axis) -> Out
argsort = .(X) -> Out, Indices
assign_value = .() -> Out | bool_values>values, fp32_values>values, fp64_values>values, int32_values>values,
    int64_values>values
atan2 = .(X1, X2) -> Out
batch_norm = .(X, Mean, Variance, Scale, Bias) -> Y | data_layout>data_format, -fuse_with_relu, -momentum
sync_batch_norm = batch_norm(X, Mean, Variance, Scale, Bias) -> Y | data_layout>data_format, -momentum
box_clip = .(Input, ImInfo) -> Output
box_coder = .(PriorBox, PriorBoxVar, TargetBox) -> OutputBox
brelu = hardtanh(X) -> Out
broadcast_tensors = .(*X) -> *Out
cast = .(X) -> Out | out_dtype>dtype, -in_dtype
clip = .(X, Min/@min, Max/@max) -> Out
collect_fpn_proposals = .(*MultiLevelRois, *MultiLevelScores, *MultiLevelRoIsNum) -> FpnRois, RoisNum |
    post_nms_topN>post_nms_topn
concat = .(*X, AxisTensor/@axis) -> Out
conv2d = .(Input, Filter) -> Output
conv2d_transpose = .(Input, Filter, @output_size) -> Output
conv3d = .(Input, Filter) -> Output
conv3d_transpose = .(Input, Filter, @output_size) -> Output
crop_tensor = crop(X, Shape/+ShapeTensor/@shape, Offsets/+OffsetsTensor/@offsets) -> Out
cumsum = .(X, @axis) -> Out
deformable_conv = .(Input, Offset, Filter, Mask) -> Output | -im2col_step
deformable_conv_v1 = deformable_conv(Input, Offset, Filter) -> Output | -im2col_step
depthwise_conv2d = .(Input, Filter) -> Output
depthwise_conv2d_transpose = .(Input, Filter, @output_size) -> Output
dequantize_abs_max = .(X, Scale) -> Out
dequantize_linear = .(X, Scale, ZeroPoint) -> Y
diag_embed = .(Input) -> Out
diag_v2 = diag(X) -> Out
diagonal = .(Input) -> Out
dist = .(X, Y) -> Out
distribute_fpn_proposals = .(FpnRois, RoisNum) -> *MultiFpnRois, *MultiLevelRoIsNum, RestoreIndex
dropout = .(X, Seed, @dropout_prob) -> Out | dropout_implementation>mode, -fix_seed, -seed
einsum = .(*Operands) -> Out
empty = .(ShapeTensor/+ShapeTensorList/@shape) -> Out
expand = expand_times(X, ExpandTimes/+expand_times_tensor/@expand_times) -> Out
expand_as_v2 = expand_as(X, Y) -> Out
expand_v2 = expand(X, Shape/+expand_shapes_tensor/@shape) -> Out
eye = .(@num_rows, @num_columns) -> Out
fake_channel_wise_dequantize_max_abs = .(X, *Scales) -> Out
fake_channel_wise_quantize_abs_max = .(X) -> Out, OutScale
fake_channel_wise_quantize_dequantize_abs_max = .(X) -> Out, OutScale
fake_dequantize_max_abs = .(X, Scale) -> Out
fake_quantize_abs_max = .(X) -> Out, OutScale
fake_quantize_dequantize_abs_max = .(X) -> Out, OutScale
fake_quantize_dequantize_moving_average_abs_max = .(X, InScale) -> Out, OutScale | -moving_rate
fake_quantize_moving_average_abs_max = .(X, InScale) -> Out, OutScale | -moving_rate
fake_quantize_range_abs_max = .(X, InScale) -> Out, OutScale | -window_size
fc = .(Input, W, Bias) -> Out
fill_any_like = full_like(X, @value) -> Out
fill_constant = full_with_tensor(ValueTensor/@str_value/@value, ShapeTensor/+ShapeTensorList/@shape) -> Out |
    -place_type, -value, -str_value
fill_constant_batch_size_like = full_batch_size_like(Input) -> Out | -str_value
fill_zeros_like = zeros_like(X) -> Out
fill_zeros_like2 = zeros_like(X) -> Out
flatten = flatten_from(X) -> Out
flatten2 = flatten_from(X) -> Out
flatten_contiguous_range = flatten(X) -> Out
fold = .(X) -> Y
frobenius_norm = .(X, @dim) -> Out | keep_dim>keepdim, -in_dtype, -out_dtype
gather = .(X, Index, Axis/@axis) -> Out | -overwrite
gather_nd = .(X, Index) -> Out
gaussian_random = gaussian(ShapeTensor/+ShapeTensorList/@shape) -> Out
generate_proposals_v2 = generate_proposals(Scores, BboxDeltas, ImShape, Anchors, Variances) -> RpnRois, RpnRoiProbs,
    RpnRoisNum | pre_nms_topN>pre_nms_top_n, post_nms_topN>post_nms_top_n
grid_sampler = grid_sample(X, Grid) -> Output
group_norm = .(X, Scale, Bias) -> Y, Mean, Variance | data_layout>data_format
hard_shrink = hardshrink(X) -> Out
hard_sigmoid = hardsigmoid(X) -> Out
hard_swish = hardswish(X) -> Out
index_add = .(X, Index, AddValue) -> Out
index_put = .(x, *indices, value) -> out
index_sample = .(X, Index) -> Out
index_select = .(X, Index) -> Out | dim>axis
instance_norm = .(X, Scale, Bias) -> Y
isfinite_v2 = isfinite(X) -> Out
isinf_v2 = isinf(X) -> Out
isnan_v2 = isnan(X) -> Out
kthvalue = .(X) -> Out, Indices
layer_norm = .(X, Scale, Bias) -> Y, Mean, Variance
leaky_relu = .(X) -> Out | alpha>negative_slope
lerp = .(X, Y, Weight) -> Out
linspace = .(Start, Stop, Num) -> Out
lod_array_length = array_length(X) -> Out
logit = .(X) -> Out
logsumexp = .(X, @axis) -> Out
lookup_table = .(W, Ids) -> Out
lookup_table_v2 = embedding(Ids, W) -> Out
lrn = .(X) -> Out
isclose = .(Input, Other, Rtol/@rtol, Atol/@atol) -> Out
logcumsumexp = .(X) -> Out
searchsorted = .(SortedSequence, Values) -> Out
bincount = .(X, Weights) -> Out
cross = .(X, Y) -> Out | dim>axis
multiplex = .(*X, Ids) -> Out
lookup_table_dequant = .(W, Ids) -> Out
round = round_half_away(X) -> Out
masked_select = .(X, Mask) -> Y
matmul = legacy_matmul(X, Y) -> Out | transpose_X>transpose_x, transpose_Y>transpose_y, -head_number
matmul_v2 = matmul(X, Y) -> Out | trans_x>transpose_x, trans_y>transpose_y
matrix_nms = .(BBoxes, Scores) -> Out, Index, RoisNum
max_pool2d_with_index = .(X) -> Out, Mask | ksize>kernel_size
max_pool3d_with_index = .(X) -> Out, Mask | ksize>kernel_size
maxout = .(X) -> Out
mean = mean_all(X) -> Out
median = .(X) -> Out
memcpy = assign(X) -> Out | -dst_place_type
meshgrid = .(*X) -> *Out
mode = .(X) -> Out, Indices
moving_average_abs_max_scale = .(X) -> Out | -moving_rate
mul = matmul_with_flatten(X, Y) -> Out
multiclass_nms = multiclass_nms3(BBoxes, Scores) -> Out
multiclass_nms2 = multiclass_nms3(BBoxes, Scores) -> Out, Index
multiclass_nms3 = .(BBoxes, Scores, RoisNum) -> Out, Index, NmsRoisNum
mv = .(X, Vec) -> Out
nms = .(Boxes) -> KeepBoxesIdxs | iou_threshold>threshold
norm = .(X) -> Out, Norm
one_hot = one_hot(X, depth_tensor/@depth) -> Out | -allow_out_of_range
one_hot_v2 = one_hot(X, depth_tensor/@depth) -> Out | -allow_out_of_range
p_norm = .(X) -> Out
pad = .(X, @pad_value) -> Out
pad2d = .(X, Paddings/@paddings) -> Out
pad3d = .(X, Paddings/@paddings) -> Out | value>pad_value
pool2d = .(X, @ksize) -> Out
pool3d = .(X, @ksize) -> Out
pow = .(X, FactorTensor/@factor) -> Out
prelu = .(X, Alpha) -> Out
prior_box = .(Input, Image) -> Boxes, Variances
put_along_axis = .(Input, Index, Value) -> Result | Axis>axis, Reduce>reduce, Include_self>include_self
quantize_linear = .(X, Scale, ZeroPoint) -> Y
randint = .(ShapeTensor/+ShapeTensorList/@shape) -> Out
range = arange(Start, End, Step) -> Out
read_from_array = array_read(X, I) -> Out
repeat_interleave = repeat_interleave_with_tensor_index(X, RepeatsTensor/@Repeats) -> Out | dim>axis
reshape = .(X, +ShapeTensor/Shape/@shape) -> Out
reshape2 = reshape(X, +ShapeTensor/Shape/@shape) -> Out
reverse = flip(X) -> Out
rms_norm = fused_rms_norm(x, bias, residual, norm_weight, norm_bias) -> out, residual_out
rnn = .(Input, *PreState, *WeightList, SequenceLength) -> Out, _, *State
roi_align = .(X, ROIs, RoisNum) -> Out
roi_pool = .(X, ROIs, RoisNum) -> Out, Argmax
roll = .(X, ShiftsTensor/@shifts) -> Out
scale = .(X, ScaleTensor/@scale) -> Out
scatter = .(X, Ids, Updates) -> Out
scatter_nd_add = .(X, Index, Updates) -> Out
select_input = .(*X, Mask) -> Out
sequence_mask = .(X, MaxLenTensor/@maxlen) -> Y
set_value = set_value_with_tensor(Input, ValueTensor, +StartsTensorList/@starts, +EndsTensorList/@ends,
    +StepsTensorList/@steps) -> Out | bool_values>values, fp32_values>values, fp64_values>values,
    fp16_values>values, int32_values>values, int64_values>values, -dtype
shape = .(Input) -> Out
share_data = assign(X) -> Out
shuffle_channel = .(X) -> Out
sigmoid_cross_entropy_with_logits = .(X, Label, pos_weight) -> Out
size = numel(Input) -> Out
slice = .(Input, StartsTensor/+StartsTensorList/@starts, EndsTensor/+EndsTensorList/@ends) -> Out
softmax_with_cross_entropy = cross_entropy_with_softmax(Logits, Label) -> Softmax, Loss
softshrink = .(X) -> Out | lambda>threshold
solve = .(X, Y) -> Out
space_to_depth = .(X) -> Out
split = program_split(X, AxisTensor/@axis, +SectionsTensorList/@sections) -> *Out
squeeze = .(X, @axes) -> Out
squeeze2 = squeeze(X, @axes) -> Out
stack = .(*X) -> Y
std = .(X) -> Out
strided_slice = .(Input, StartsTensor/+StartsTensorList/@starts, EndsTensor/+EndsTensorList/@ends,
    StridesTensor/+StridesTensorList/@strides) -> Out
sum = add_n(*X) -> Out
take_along_axis = .(Input, Index) -> Result | Axis>axis
temporal_shift = .(X) -> Out
tensor_array_to_tensor = array_to_tensor(X) -> Out, OutIndex
tile = .(X, RepeatTimes/+repeat_times_tensor/@repeat_times) -> Out
top_k = topk(X, K/@k) -> Out, Indices
top_k_v2 = topk(X, K/@k) -> Out, Indices
trace = .(Input) -> Out
transpose = .(X) -> Out | axis>perm, -data_format
transpose2 = transpose(X) -> Out | axis>perm, -data_format
tril_indices = .() -> out
tril_triu = .(X) -> Out
triu_indices = .() -> out
truncated_gaussian_random = .() -> Out
unbind = .(X) -> *Out
unfold = .(X) -> Y
uniform_random = uniform(ShapeTensor/+ShapeTensorList/@shape, @min, @max) -> Out | -diag_num, -diag_step, -diag_val
uniform_random_batch_size_like = .(Input) -> Out | -diag_num, -diag_step, -diag_val
unique = .(X) -> Out, Indices, Index, Counts
unsqueeze = .(X, AxesTensor/+AxesTensorList/@axes) -> Out
unsqueeze2 = unsqueeze(X, AxesTensor/+AxesTensorList/@axes) -> Out
unstack = .(X) -> *Y
where = .(Condition, X, Y) -> Out
where_index = nonzero(Condition) -> Out
write_to_array = array_write(Out, X, I) -> Out
yolo_box = .(X, ImgSize) -> Boxes, Scores
assert = .() ->
print = assign(In) -> Out | -first_n, -message, -summarize, -print_tensor_name, -print_tensor_type,
    -print_tensor_shape, -print_tensor_layout, -print_tensor_lod, -print_phase, -is_forward
"""


def rows() -> list[str]:
    """All rows, those of the regular families written out."""
    found = [line for line in _ROWS.replace("\n    ", " ").splitlines() if line]
    found += [f"{name} = .(X) -> Out" for name in _SAME]
    found += [f"{name} = .(X, Y) -> Out" for name in _BINARY]
    found += [f"{name} = .(X, Y) -> Out | -force_cpu" for name in _COMPARISONS]
    found += [f"elementwise_{old} = {new}(X, Y) -> Out" for old, new in _ELEMENTWISE.items()]
    found += [
        f"reduce_{name} = {name}(X, AxisTensor/+AxisTensorList/@dim) -> Out "
        "| keep_dim>keepdim, out_dtype>dtype, -in_dtype"
        for name in _REDUCTIONS
    ]
    found += [
        f"{name}_interp{version} = {name}_interp(X, OutSize, *SizeTensor, Scale) -> Out | data_layout>data_format"
        for name in _INTERPOLATIONS
        for version in ("", "_v2")
    ]
    return found
