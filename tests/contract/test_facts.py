"""What is known of Immersity, Let's Enhance and Haut.AI, and of all webhooks, and which tests hold the code to it.

What nobody outside the vendors has shown is marked `assumed` in the specs; the tests of those facts check the mark.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SPEC_I, MODELS_I = "contract/test_spec_immersity.py", "contract/test_models_immersity.py"
SPEC_L, MODELS_L = "contract/test_spec_letsenhance.py", "contract/test_models_letsenhance.py"
SPEC_H, MODELS_H = "contract/test_spec_hautai.py", "contract/test_models_hautai.py"
SPEC_T = "contract/test_spec_teleport.py"
UNIT_I, UNIT_L = "unit/test_immersity.py", "unit/test_letsenhance.py"
E2E_I, E2E_L = "e2e/test_immersity.py", "e2e/test_letsenhance.py"
PIPELINES = "unit/test_pipelines.py"
UNIT_H, PHOTO, SANDBOX_H = "unit/test_hautai.py", "unit/test_photo.py", "contract/test_sandbox_hautai.py"
LOGIN = "unit/test_login.py"
PICTURES_H, E2E_H = "contract/test_sandbox_pictures.py", "e2e/test_hautai.py"
HOOKS, EVENTS = "unit/test_webhooks.py", "unit/test_webhook_events.py"
WAITING = "e2e/test_waiting_by_webhook.py"
LINT = "unit/test_lint_specs.py"

IMMERSITY = {
    "hosts": [
        (SPEC_I, "test_the_hosts_are_the_new_and_the_legacy_one"),
        (UNIT_I, "test_immersity_is_where_its_documents_say"),
        (UNIT_I, "test_leiapix_is_the_same_under_its_older_addresses"),
    ],
    "auth": [
        (SPEC_I, "test_authentication_is_by_client_credentials_and_a_bearer_token"),
        (UNIT_I, "test_leiapix_is_the_same_under_its_older_addresses"),
    ],
    "token URL": [
        (SPEC_I, "test_the_facts_of_both_guides_hold"),
        (E2E_I, "test_leiapix_goes_to_its_own_hosts_with_its_own_credentials"),
    ],
    "token reply": [(SPEC_I, "test_the_fields_of_the_token_reply_are_named")],
    "operations": [
        (SPEC_I, "test_the_operations_are_the_documented_ones_with_names_for_python"),
        (UNIT_I, "test_each_parameter_is_sent_under_its_own_name_and_nothing_else_is"),
    ],
    "not for clients": [(SPEC_I, "test_the_vendors_own_receiver_is_left_out")],
    "success is any 2xx": [
        (SPEC_I, "test_every_2xx_is_success_with_the_same_body"),
        (UNIT_I, "test_any_2xx_is_success_and_the_result_is_where_the_reply_says"),
        (E2E_I, "test_200_and_201_are_both_success"),
    ],
    "image operations are synchronous, 5 minutes": [
        (SPEC_I, "test_picture_operations_answer_when_the_result_is_written_within_5_minutes"),
        (UNIT_I, "test_the_service_is_given_five_minutes_to_begin_its_reply"),
        (E2E_I, "test_a_call_may_take_as_long_as_its_timeout"),
    ],
    "resultPresignedUrl": [
        (SPEC_I, "test_a_result_url_is_written_to_by_put"),
        (SPEC_I, "test_without_a_result_url_the_reply_has_a_short_lived_readable_one"),
        (E2E_I, "test_without_a_storage_addresses_work_and_results_are_the_services_for_a_while"),
    ],
    "get-upload-url": [
        (SPEC_I, "test_an_upload_url_takes_a_put_for_24_hours_and_cannot_be_read"),
        (UNIT_I, "test_an_upload_url_comes_with_its_end"),
        (E2E_I, "test_prices_and_upload_addresses"),
    ],
    "video and spatial are asynchronous": [
        (SPEC_I, "test_videos_are_asynchronous_and_end_with_an_assumed_callback"),
        (SPEC_I, "test_the_price_and_the_length_of_a_video_have_to_match_what_the_service_computes"),
        (E2E_I, "test_a_video_job_ends_when_its_result_appears"),
        (E2E_I, "test_a_video_job_is_taken_up_by_its_id"),
    ],
    "callback body (assumed)": [
        (SPEC_I, "test_what_is_assumed_is_marked"),
        (E2E_I, "test_a_callback_ends_a_job_that_failed"),
        (E2E_I, "test_a_callback_that_is_not_the_jobs_is_refused"),
    ],
    "error body": [
        (SPEC_I, "test_every_error_has_a_body_with_an_error_code"),
        (SPEC_I, "test_known_error_codes_are_named_and_left_open"),
        (UNIT_I, "test_what_the_service_refuses_is_not_asked_for_again"),
        (E2E_I, "test_a_storage_that_the_service_cannot_write_to_is_told_with_its_remedy"),
    ],
    "credits": [
        (SPEC_I, "test_prices_are_open_maps_from_names_to_numbers_and_never_fixed"),
        (E2E_I, "test_31_spent_credits_are_told_and_nothing_is_left_behind"),
    ],
    "mended: strings as defaults of numbers": [
        (SPEC_I, "test_every_default_of_the_published_document_is_told_in_words"),
        (LINT, "test_a_rule_tells_what_breaks_it_and_nothing_else"),
    ],
    "mended: sizes, loops and fps are whole": [(SPEC_I, "test_numbers_that_only_make_sense_whole_are_integers")],
    "mended: resultPresignedUrl of encode": [(SPEC_I, "test_a_result_url_is_written_to_by_put")],
    "mended: inputDisparityUrl of animation": [
        (SPEC_I, "test_an_animation_does_not_need_a_disparity_map"),
        (E2E_I, "test_a_picture_becomes_a_depth_map_an_animation_and_stereo"),
    ],
    "mended: error schema, 5xx, operation ids": [
        (SPEC_I, "test_every_error_has_a_body_with_an_error_code"),
        (SPEC_I, "test_the_operations_are_the_documented_ones_with_names_for_python"),
    ],
    "correlationId (that a repeated one is recognised is assumed)": [
        (SPEC_I, "test_that_a_repeated_correlation_id_is_recognised_is_marked_as_assumed"),
        (UNIT_I, "test_a_lost_reply_is_asked_for_once_more_with_the_same_id"),
        (E2E_I, "test_3_a_lost_reply_is_settled_and_paid_for_once"),
    ],
}

LETSENHANCE = {
    "host, auth": [
        (SPEC_L, "test_host_and_key_are_the_documented_ones"),
        (UNIT_L, "test_the_quick_starts_request_is_sent_as_it_is_documented"),
        (UNIT_L, "test_the_key_goes_to_its_own_origin_only_and_is_shown_nowhere"),
        (E2E_L, "test_the_key_does_not_follow_a_redirect_to_another_origin"),
    ],
    "operations": [(SPEC_L, "test_the_operations_are_the_documented_ones_with_names_for_python")],
    "POST reply": [
        (SPEC_L, "test_the_status_of_a_submission_is_an_open_text"),
        (UNIT_L, "test_any_other_rejection_is_an_invalid_request"),
    ],
    "GET reply": [
        (SPEC_L, "test_the_status_of_a_pipeline_is_an_open_text"),
        (UNIT_L, "test_a_job_is_waited_for_and_knows_when_its_pictures_expire"),
        (UNIT_L, "test_an_error_is_a_failed_job_with_the_pipelines_errors"),
    ],
    "result": [
        (SPEC_L, "test_a_result_is_there_for_24_hours_under_the_name_of_the_examples"),
        (PIPELINES, "test_an_address_expires_as_its_signature_says_or_after_a_day"),
        (E2E_L, "test_a_result_whose_address_has_expired_gets_another"),
    ],
    "source": [
        (SPEC_L, "test_the_source_is_one_url_or_several_both_ways"),
        (SPEC_L, "test_each_url_costs_a_credit_and_has_a_result"),
        (E2E_L, "test_several_pictures_and_operations_are_one_pipeline"),
    ],
    "presets": [
        (SPEC_L, "test_a_field_of_a_preset_is_limited_as_documented"),
        (SPEC_L, "test_an_intensity_goes_from_a_tenth_to_one"),
        (SPEC_L, "test_the_intensity_of_tones_has_the_name_of_the_examples"),
        ("unit/test_bounds.py", "test_the_fields_of_a_preset_are_checked_by_its_own_form"),
    ],
    "operations list": [
        (SPEC_L, "test_one_pipeline_may_carry_several_operations"),
        (UNIT_L, "test_one_pipeline_carries_several_pictures_and_operations"),
    ],
    "rate limit (its status is assumed)": [
        (PIPELINES, "test_a_rejection_means_the_same_whatever_its_status"),
        (UNIT_L, "test_the_rate_limit_waits_and_goes_on_whatever_its_status"),
        (E2E_L, "test_the_rate_limit_is_waited_for"),
    ],
    "replies' oddities": [
        (MODELS_L, "test_timestamps_without_a_zone_and_with_five_or_six_digits_are_read"),
        (MODELS_L, "test_an_example_of_the_documentation_goes_through_the_models_without_loss"),
    ],
    "webhook (its body is assumed)": [
        (SPEC_L, "test_the_webhook_is_a_hint_that_is_repeated"),
        (SPEC_L, "test_what_is_assumed_is_marked"),
    ],
    "usage (assumed)": [
        (MODELS_L, "test_the_usage_is_a_free_form_object"),
        (UNIT_L, "test_the_usage_is_told_in_whatever_form_it_comes"),
    ],
    "formats": [
        (SPEC_L, "test_the_formats_that_are_taken_are_named"),
        (E2E_L, "test_formats_that_the_service_does_not_take_are_refused_before_they_are_sent"),
    ],
}

HAUTAI = {
    "host": [
        (SPEC_H, "test_the_host_is_the_documented_one_and_every_path_ends_with_a_slash"),
        (UNIT_H, "test_haut_ai_is_where_its_documents_say"),
    ],
    "login": [
        (SPEC_H, "test_a_login_that_needs_a_second_factor_and_the_life_of_a_token_are_told"),
        (MODELS_H, "test_the_token_of_a_login_has_two_names_and_either_may_be_missing"),
        (LOGIN, "test_one_login_serves_many_threads_and_tells_the_company"),
        (LOGIN, "test_a_login_that_is_refused_explains_the_second_factor_without_the_password"),
    ],
    "refresh (its reply is assumed)": [
        (SPEC_H, "test_what_is_assumed_is_marked"),
        (LOGIN, "test_a_login_is_refreshed_before_its_hour_is_over"),
        (LOGIN, "test_where_a_refresh_is_refused_another_login_is_made"),
    ],
    "private token": [
        (SPEC_H, "test_a_login_that_needs_a_second_factor_and_the_life_of_a_token_are_told"),
        (MODELS_H, "test_a_private_token_is_asked_for_with_its_end"),
        (SANDBOX_H, "test_a_private_token_lets_in_until_it_expires_or_is_deleted"),
    ],
    "header": [
        (SPEC_H, "test_all_but_the_first_token_needs_a_bearer_token"),
        (SANDBOX_H, "test_no_operation_works_without_a_token"),
    ],
    "subject": [
        (SPEC_H, "test_a_text_has_one_character_up_to_the_documented_number"),
        (MODELS_H, "test_a_subject_is_read_with_a_number_where_an_object_was_seen"),
        (MODELS_H, "test_a_page_names_the_next_one"),
        (UNIT_H, "test_a_subject_has_a_name_within_bounds"),
        (UNIT_H, "test_pages_are_followed_by_their_query_on_the_services_own_host"),
    ],
    "signed upload": [
        (SPEC_H, "test_the_subject_of_an_upload_is_named_without_its_dataset"),
        (SPEC_H, "test_every_field_of_an_upload_is_optional"),
        (MODELS_H, "test_an_upload_without_what_it_takes_is_an_unexpected_reply"),
        (UNIT_H, "test_sides_are_sent_with_the_services_ids_into_one_batch_and_computed_with_an_empty_object"),
    ],
    "the PUT": [
        (SPEC_H, "test_the_rules_of_a_picture_are_told"),
        (MODELS_H, "test_an_upload_has_the_urls_method_and_headers_as_they_were_sent"),
        (UNIT_H, "test_the_signed_request_is_sent_exactly_as_it_was_given_and_without_the_token"),
        (PICTURES_H, "test_a_missing_signed_header_is_refused"),
    ],
    "image rules": [
        (SPEC_H, "test_the_rules_of_a_picture_are_told"),
        (PHOTO, "test_a_picture_has_at_least_256_pixels_each_way"),
        (PHOTO, "test_a_picture_has_at_most_31457280_bytes"),
        (UNIT_H, "test_what_is_no_selfie_is_refused_before_any_request"),
    ],
    "compute (its path is assumed)": [
        (SPEC_H, "test_what_is_assumed_is_marked"),
        (SPEC_H, "test_a_computation_takes_an_empty_object_and_no_null_for_its_arguments"),
        (MODELS_H, "test_a_reply_without_a_known_body_is_success_whatever_it_says"),
        (UNIT_H, "test_sides_are_sent_with_the_services_ids_into_one_batch_and_computed_with_an_empty_object"),
    ],
    "list, info, delete (the paths of the latter two are assumed)": [
        (SPEC_H, "test_the_operations_are_the_known_ones_with_names_for_python"),
        (SPEC_H, "test_what_is_assumed_is_marked"),
        (MODELS_H, "test_a_list_comes_bare_or_wrapped"),
        (MODELS_H, "test_an_odd_field_does_not_cost_the_image"),
        (UNIT_H, "test_a_deleted_picture_is_looked_for_until_it_is_gone"),
        (E2E_H, "test_from_a_selfie_to_results_maps_and_nothing_left"),
    ],
    "aux images": [
        (MODELS_H, "test_what_belongs_together_is_read_into_models"),
        (MODELS_H, "test_the_type_of_an_aux_image_may_be_a_number"),
        (UNIT_H, "test_an_aux_image_whose_address_has_expired_asks_for_another"),
    ],
    "results": [
        (MODELS_H, "test_a_result_may_be_anything"),
        (MODELS_H, "test_a_list_comes_bare_or_wrapped"),
        (SPEC_H, "test_a_missing_face_is_an_error_in_a_result"),
        (UNIT_H, "test_lists_come_bare_or_wrapped"),
    ],
    "ids": [
        (SPEC_H, "test_the_sides_have_the_documented_numbers"),
        (UNIT_H, "test_sides_are_sent_with_the_services_ids_into_one_batch_and_computed_with_an_empty_object"),
    ],
    "v3": [
        (SPEC_H, "test_when_results_are_ready_is_told"),
        (MODELS_H, "test_sides_that_were_not_asked_for_are_absent_or_null"),
        (MODELS_H, "test_the_ready_signal_is_read"),
        (UNIT_H, "test_a_wait_ends_by_the_services_signal_not_by_partial_results"),
        (SANDBOX_H, "test_the_third_version_takes_several_sides_at_once"),
    ],
    "creation_time": [(MODELS_H, "test_either_form_of_a_timestamp_is_read_and_has_a_zone")],
    "webhook (the ids in its body are assumed)": [
        (SPEC_H, "test_a_webhook_is_authorised_in_the_documented_ways"),
        (SPEC_H, "test_the_webhooks_body_is_open_and_its_ids_are_assumed"),
        (HOOKS, "test_hautais_authorization_is_taken_as_it_was_registered"),
        (UNIT_H, "test_a_webhook_is_registered_with_its_secret"),
        (WAITING, "test_an_analysis_is_waited_for_by_webhook"),
    ],
    "what users miss": [
        (UNIT_H, "test_a_wait_ends_by_the_services_signal_not_by_partial_results"),
        (E2E_H, "test_fifty_analyses_in_threads_cost_one_login"),
        (UNIT_H, "test_an_aux_image_whose_address_has_expired_asks_for_another"),
    ],
}

WEBHOOKS = {
    "Teleport's webhook (the signature's encoding is assumed)": [
        (SPEC_T, "test_the_webhook_has_the_documented_fields_and_a_signature_of_its_raw_body"),
        (SPEC_T, "test_what_is_assumed_is_marked"),
        (HOOKS, "test_teleports_signature_is_read_in_every_encoding"),
        (HOOKS, "test_what_is_no_webhook_is_refused_with_its_status"),
        (WAITING, "test_a_capture_is_waited_for_by_webhook"),
    ],
    "Immersity's callback (its body is assumed)": [
        (SPEC_I, "test_videos_are_asynchronous_and_end_with_an_assumed_callback"),
        (EVENTS, "test_what_a_service_says_is_read"),
        (WAITING, "test_a_video_that_fails_is_told_by_its_callback"),
    ],
    "Let's Enhance's webhook (its body is assumed)": [
        (SPEC_L, "test_the_webhook_is_a_hint_that_is_repeated"),
        (HOOKS, "test_a_token_that_was_put_into_an_address_is_found_in_the_call"),
        (EVENTS, "test_an_event_of_lets_enhance_is_confirmed_by_fetching_its_pipeline"),
        (WAITING, "test_a_pipeline_is_waited_for_by_webhook_and_confirmed"),
    ],
}

ROWS = [(fact, tests) for facts in (IMMERSITY, LETSENHANCE, HAUTAI, WEBHOOKS) for fact, tests in facts.items()]


@pytest.mark.parametrize(("fact", "tests"), ROWS, ids=[fact for fact, _ in ROWS])
def test_a_fact_has_tests(fact: str, tests: list[tuple[str, str]]) -> None:
    missing = [f"{file}::{name}" for file, name in tests if name not in functions_of(file)]
    assert missing == []


def functions_of(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
