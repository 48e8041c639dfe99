"""The list itself: 21 lines, what each names, and the test that holds it."""

import importlib

import pytest

FILES = ("test_values", "test_values_more", "test_use", "test_use_more")
LINES: dict[str, dict[str, str]] = {
    "01 backward twice": {
        "adds interior gradients again": "01_backward_twice_is_refused_or_right",
        "without a word": "01_backward_again_on_a_part_that_was_released_names_it",
    },
    "02 in-place change inside a residual block": {
        "`out += x` after a saved relu": "02_inplace_addition_makes_a_new_value",
        "in-place relu that changes the skip": "02_an_inplace_relu_leaves_the_skip_as_it_was",
        "silent or cryptic": "02_writing_a_result_into_an_array_or_a_tensor_is_refused",
    },
    "03 NaN or infinity at 0 and through masks": {
        "norm": "03_norms_of_every_order_at_zero",
        "sqrt": "03_what_is_used_keeps_its_infinity",
        "pow with base or exponent 0": "03_powers_at_zero",
        "where whose unused branch is infinite": "03_an_infinite_branch_that_is_not_used_gives_no_nan",
        "prod with zeros": "03_products_with_zeros",
        "log-sum-exp of -inf rows, softmax of large numbers": "03_logsumexp_and_softmax_at_the_limits",
        "std of equal values": "03_deviation_of_equal_values",
    },
    "04 broadcasting in backward": {
        "leading dimensions, size-1 axes, 0-d with n-d, zero-size": "04_broadcasting",
        "broadcast_to that adds dimensions": "04_broadcast_to_and_masks",
        "where and masked operations that broadcast": "04_masks_that_broadcast",
    },
    "05 float32 becoming float64": {
        "a NumPy scalar, an integer array divided": "05_promotion_is_numpys",
        "a mean's 1/n": "05_what_divides_by_a_count_stays_float32",
        "a dtype-less seed gradient": "05_a_seed_gradient_of_any_dtype",
        "dropout's mask": "05_float32_stays",
    },
    "06 is it supported": {
        "says so at the call": "06_what_is_not_differentiable_says_so",
        "a generated page tells": "06_the_page_tells_what_is_refused",
    },
    "07 item assignment": {
        "refused": "07_every_way_to_assign_an_item_is_refused",
        "with the recipe": "07_item_assignment_gives_the_recipe",
        "where, concatenate, a functional update": "07_the_recipes_are_differentiable",
    },
    "08 depth": {
        "the sort": "08_deep_graphs_need_no_stack",
        "drawing": "08_drawing_and_routing_a_deep_graph_need_no_stack",
        "destructors": "08_a_graph_dropped_without_backward_needs_no_stack",
    },
    "09 memory": {
        "reference cycles": "09_nothing_waits_for_the_garbage_collector",
        "graphs kept alive by logging a loss": "09_logged_losses_keep_no_arrays",
        "peak in backward": "09_backward_peaks_little_above_forward",
        "saved arrays nobody needs": "09_arrays_that_no_rule_needs_are_not_saved",
    },
    "10 gradient checks that lie": {
        "float32 differences": "10_float32_is_checked_in_float64",
        "kinks": "10_kinks_are_reported_not_failed",
        "ties": "10_ties_are_reported_not_failed",
        "non-determinism, all-zero gradients that agree, outputs that do not depend on the input": "10_checks_refuse_what_says_nothing",
    },
    "11 diamonds": {
        "several consumers": "11_a_value_waits_for_all_its_consumers_however_far_apart",
        "x + x, x * x": "11_reuse",
        "reuse across blocks": "11_reuse_across_blocks_and_of_weights",
        "order of accumulation": "11_the_order_of_accumulation_is_fixed",
    },
    "12 ties": {
        "one rule everywhere": "12_one_rule_for_ties_everywhere",
        "clip at its bounds": "12_clip_passes_the_gradient_at_its_bounds",
    },
    "13 second derivatives that miss a term": {"a norm layer's statistics": "13_statistics_are_no_constants_at_second_order"},
    "14 NumPy on the left": {
        "ndarray and NumPy scalars on the left": "14_arrays_and_scalars_on_the_left",
        "np.add, np.sum, np.stack": "14_numpy_functions",
        "float, len, iteration, truth value": "14_python_protocols",
    },
    "15 pictures": {
        "missing dot": "15_without_dot_the_error_says_what_to_install",
        "3,000-node graphs": "15_a_graph_of_three_thousand_nodes_is_drawn",
        "shared parts walked again": "15_pictures_of_many_shared_parts",
        "x + x losing an edge": "15_a_sum_of_a_value_with_itself_has_two_edges",
        "names that need escaping, labels in any language": "15_names_that_need_escaping_in_any_language",
    },
    "16 overhead": {
        "per-operation overhead": "16_one_operation_is_one_python_call",
        "slow indexing": "16_indexing_without_repeats_does_not_use_add_at",
        "stack through object arrays": "16_stacking_makes_no_object_arrays",
        "quadratic list building": "16_stacking_many_takes_calls_in_proportion",
    },
    "17 threads": {
        "leaks into another thread": "17_no_grad_belongs_to_a_thread",
        "is not seen in one": "17_no_grad_is_seen_in_the_thread_that_runs_the_module",
    },
    "18 modules": {
        "a parameter in a list that never trains": "18_no_plain_container_hides_what_should_train",
        "shared parameters counted twice": "18_a_shared_parameter_is_stepped_once",
        "sets whose order changes between runs": "18_the_order_of_names_is_that_of_the_code_in_every_run",
        "buffers that are not saved": "18_buffers_travel_with_the_state_and_the_copy",
        "loading that silently skips names": "18_loading_names_what_is_missing_and_changes_nothing",
    },
    "19 aliasing": {
        "two leaves whose .grad is the same array": "19_gradients_alias_nothing",
        "a gradient that aliases a value": "19_views_of_a_value_are_their_own_gradients",
        "user arrays that change": "19_an_optimiser_changes_no_array_of_the_users",
    },
    "20 convolution and pooling": {
        "sizes the stride does not divide, even kernels, padding larger than the kernel, batch of 1": "20_convolution_of_any_geometry",
        "pooling": "20_pooling_of_any_geometry",
        "empty batch": "20_every_layer_takes_an_empty_batch",
    },
    "21 kinds of arrays": {
        "non-contiguous, negative strides, Fortran, read-only, big-endian, subclass":
            "21_layouts_through_an_operation_a_product_and_a_reduction",
        "object": "21_objects_beside_a_tensor_are_refused",
        "bool and integer inputs that ask for a gradient": "21_integers_booleans_and_complex_have_no_gradient",
    },
}  # fmt: skip


def test_there_are_twenty_one_lines() -> None:
    assert [line[:2] for line in LINES] == [f"{number:02}" for number in range(1, 22)]


@pytest.mark.parametrize("line", LINES)
def test_every_phrase_has_its_test(line: str) -> None:
    tests = {name for file in FILES for name in vars(importlib.import_module(f"tests.pitfalls.{file}"))}
    assert not [phrase for phrase, name in LINES[line].items() if f"test_{name}" not in tests]
    assert all(name.startswith(line[:2]) for name in LINES[line].values())
