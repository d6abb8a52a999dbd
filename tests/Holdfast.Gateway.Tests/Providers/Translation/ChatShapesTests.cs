using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using Holdfast.Gateway.Tests.Providers.Responses;

namespace Holdfast.Gateway.Tests.Providers.Translation;

/// <summary>
/// Every field of the three faces with every type of JSON that it doesn't have, at every dialect: the caller's mistake,
/// with its place, and never just left out.
/// </summary>
public sealed class ChatShapesTests
{
    private const string Text = "\"odd\"";
    private const string Number = "5";
    private const string Flag = "true";
    private const string List = "[{}]";
    private const string Object = "{\"a\":1}";

    private static readonly string[] All = [Text, Number, Flag, List, Object];

    private static readonly string[] Translated = ["anthropic", "gemini", "vertex", "bedrock", "cohere", "ollama"];

    private static readonly string[] Hubs = [.. Translated, "fireworks"];

    public static TheoryData<string, string[]> Chats => new()
    {
        { "audio", [Object] },
        { "frequency_penalty", [Number] },
        { "function_call", [Text, Object] },
        { "functions", [List] },
        { "keep_alive", [Text, Number] },
        { "logit_bias", [Object] },
        { "logprobs", [Flag] },
        { "max_completion_tokens", [Number] },
        { "max_tokens", [Number] },
        { "messages", [] },
        { "metadata", [Object] },
        { "modalities", [] },
        { "n", [Number] },
        { "options", [Object] },
        { "parallel_tool_calls", [Flag] },
        { "prediction", [Object] },
        { "presence_penalty", [Number] },
        { "prompt_cache_key", [Text] },
        { "prompt_cache_options", [Object] },
        { "prompt_cache_retention", [Text] },
        { "reasoning_effort", [Text] },
        { "response_format", [] },
        { "safety_identifier", [Text] },
        { "safety_settings", [List] },
        { "seed", [Number] },
        { "service_tier", [Text] },
        { "stop", [Text] },
        { "store", [Flag] },
        { "temperature", [Number] },
        { "think", [Text, Flag] },
        { "thinking", [Object] },
        { "tool_choice", [] },
        { "tools", [] },
        { "top_k", [Number] },
        { "top_logprobs", [Number] },
        { "top_p", [Number] },
        { "user", [Text] },
        { "verbosity", [Text] },
        { "web_search_options", [Object] },
    };

    public static TheoryData<string, string[]> OfResponses => new()
    {
        { "background", [Flag] },
        { "include", [] },
        { "max_output_tokens", [Number] },
        { "metadata", [Object] },
        { "parallel_tool_calls", [Flag] },
        { "reasoning", [Object] },
        { "reasoning.effort", [Text] },
        { "safety_identifier", [Text] },
        { "service_tier", [Text] },
        { "temperature", [Number] },
        { "text", [Object] },
        { "text.format", [] },
        { "text.verbosity", [Text] },
        { "tool_choice", [] },
        { "tools", [] },
        { "top_logprobs", [Number] },
        { "top_p", [Number] },
        { "truncation", [Text] },
        { "user", [Text] },
    };

    public static TheoryData<string, string[]> OfMessages => new()
    {
        { "metadata", [Object] },
        { "metadata.user_id", [Text] },
        { "output_config", [Object] },
        { "output_config.effort", [Text] },
        { "output_config.format", [] },
        { "service_tier", [Text] },
        { "stop_sequences", [] },
        { "system", [Text] },
        { "temperature", [Number] },
        { "thinking", [] },
        { "tool_choice", [] },
        { "tools", [] },
        { "top_k", [Number] },
        { "top_p", [Number] },
    };

    [Theory]
    [MemberData(nameof(Chats))]
    public void A_field_of_a_wrong_type_is_refused_with_its_place_and_never_dropped(string field, string[] right) =>
        Assert.All(Wrong(right), value => Assert.All(Translated, type => IsInvalid(
            field, value, () => ChatFieldsTests.Request(type, $"\"{field}\":{value}", drop: true))));

    [Theory]
    [MemberData(nameof(OfResponses))]
    public void So_is_one_of_a_response(string field, string[] right) =>
        Assert.All(Wrong(right), value => Assert.All(Hubs, type => IsInvalid(
            field, value, () => ResponsesWire.Request(
                $"{ResponsesWire.Plain[..^1]},{Nested(field, value)}}}", type, drop: true))));

    [Theory]
    [MemberData(nameof(OfMessages))]
    public void So_is_one_of_a_message(string field, string[] right) =>
        Assert.All(Wrong(right), value => Assert.All(Hubs[1..], type => IsInvalid(
            field, value, () => CallerWire.Request(
                $"{CallerWire.Plain[..^1]},{Nested(field, value)}}}", type, drop: true))));

    [Theory]
    [InlineData("\"tool_choice\":{\"type\":5}", "tool_choice.type")]
    [InlineData("\"response_format\":{\"type\":null}", "response_format.type")]
    [InlineData("\"modalities\":[\"text\",5]", "modalities[1]")]
    [InlineData("\"tools\":[{\"type\":5}]", "tools[0].type")]
    [InlineData("\"tools\":[{}]", "tools[0].type")]
    [InlineData("\"n\":0", "n")]
    [InlineData("\"n\":1.5", "n")]
    [InlineData("\"top_logprobs\":-1", "top_logprobs")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":5}]}]", "messages[0].content[0].type")]
    [InlineData("\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":5}]}]",
        "messages[0].tool_calls[0].function")]
    public void What_is_inside_has_its_place_too(string field, string place) => Assert.All(Translated, type =>
    {
        var refused = Assert.Throws<UnsupportedFieldException>(() => ChatFieldsTests.Request(type, field, drop: true));

        Assert.Equal((place, "invalid_value"), (refused.Field, refused.Code));
    });

    [Theory]
    [InlineData("\"tool_choice\":{\"type\":\"allowed_tools\"}", "tool_choice")]
    [InlineData("\"response_format\":{\"type\":\"grammar\"}", "response_format")]
    [InlineData("\"reasoning_effort\":\"utmost\"", "reasoning_effort")]
    [InlineData("\"verbosity\":\"low\"", "verbosity")]
    public void What_is_well_formed_is_a_wish_that_may_be_dropped(string field, string name) =>
        Assert.All(Translated, type =>
        {
            const string Tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
            var refused = Assert.Throws<UnsupportedFieldException>(
                () => ChatFieldsTests.Request(type, $"{Tools},{field}"));

            Assert.Equal((name, "unsupported_value"), (refused.Field, refused.Code));
            Assert.Equal(ChatFieldsTests.Request(type, Tools),
                ChatFieldsTests.Request(type, $"{Tools},{field}", drop: true));
        });

    private static IEnumerable<string> Wrong(string[] right) => All.Except(right);

    private static string Nested(string field, string value) => field.Split('.') is [var outer, var inner]
        ? $"\"{outer}\":{{\"{inner}\":{value}}}"
        : $"\"{field}\":{value}";

    private static void IsInvalid(string field, string value, Func<string> request)
    {
        var refused = Assert.Throws<UnsupportedFieldException>(request);

        Assert.Equal((value, "invalid_value"), (value, refused.Code));
        Assert.StartsWith(field, refused.Field);
        Assert.StartsWith(refused.Field + ": ", refused.Message);
    }
}
