using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.Validation;

public sealed class AnswerValidatorTests
{
    private const string Unreadable = "the answer cannot be read, or has a key twice";
    private const string Abcd = """[{"message":{"content":"abcd"}}]""";
    private const string Capped = """{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    [InlineData("""[{"index":0,"message":{"content":"abcd"}}]""", null)]
    [InlineData("""[{"index":0,"message":{"content":" ab\n "}}]""", "the text has fewer than 4 characters")]
    [InlineData("""[{"index":0,"message":{"content":null}}]""", "the text has fewer than 4 characters")]
    [InlineData("""[{"index":0,"message":{"content":[{"text":"ab"},{"text":"cd"}]}}]""", null)]
    [InlineData("""[{"message":{"content":"abcd"}},{"message":{"content":"a"}}]""",
        "choice 1: the text has fewer than 4 characters")]
    [InlineData("""[{"index":0,"message":{"content":"a"},"finish_reason":"length"}]""",
        "the text has fewer than 4 characters")]
    public void Every_choices_text_is_checked(string choices, string? failure) =>
        Assert.Equal(failure, Check(choices));

    [Theory]
    [InlineData("""{"message":{"content":null,"refusal":"I can't"}}""")]
    [InlineData("""{"message":{"content":"a"},"finish_reason":"content_filter"}""")]
    [InlineData("""{"finish_reason":"content_filter"}""")]
    [InlineData("""{"message":{"content":"a","tool_calls":[{"id":"1"}]}}""")]
    [InlineData("""{"message":{"function_call":{"name":"f"}}}""")]
    [InlineData("""{"message":{"audio":{"id":"1","data":"UklGRg=="}}}""")]
    [InlineData("""{"message":{"content":"a","tool_calls":[{"function":{"name":"f"}}]}}""")]
    public void An_answer_of_another_kind_is_an_answer(string choice) => Assert.Null(Check($"[{choice}]"));

    [Theory]
    [InlineData("\"audio\":{}")]
    [InlineData("\"audio\":{\"id\":\"1\",\"data\":\"\"}")]
    [InlineData("\"function_call\":{}")]
    [InlineData("\"function_call\":{\"name\":\"\"}")]
    [InlineData("\"tool_calls\":[]")]
    [InlineData("\"tool_calls\":[{}]")]
    [InlineData("\"tool_calls\":[{\"id\":\"\",\"function\":{}}]")]
    [InlineData("\"refusal\":\"\"")]
    public void A_text_beside_an_empty_call_or_empty_speech_is_judged_all_the_same(string other) =>
        Assert.Equal("the text has fewer than 4 characters",
            Check($$$"""[{"message":{"content":"ab",{{{other}}}}}]"""));

    [Theory]
    [InlineData("""[{"message":{"content":"ab","content":"cd"}}]""")]
    [InlineData("""[{"message":{"content":"ab","cont\u0065nt":"cd"}}]""")]
    [InlineData("""[{"message":{"content":"abcd"},"message":{"content":"a"}}]""")]
    [InlineData("""[{"message":{"content":[{"text":"abcd","text":"a"}]}}]""")]
    [InlineData("""[{"message":{"content":"abcd"}}],"choices":[{"message":{"content":"a"}}]""")]
    public void Two_equal_keys_are_never_joined_into_one_good_text(string choices) =>
        Assert.Equal(Unreadable, Check(choices));

    [Fact]
    public void Two_equal_keys_in_a_stream_are_never_joined_into_one_good_text() =>
        Assert.Equal(Unreadable, CheckStream(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ab\",\"content\":\"cd\"}}]}\n\n"));

    [Fact]
    public void Two_choices_of_one_index_are_never_joined_into_one_good_text() =>
        Assert.Equal("choice 0: the text has fewer than 4 characters", Check(
            """[{"index":0,"message":{"content":"ab"}},{"index":0,"message":{"content":"cd"}}]"""));

    [Fact]
    public void A_delta_in_a_whole_answer_is_no_part_of_its_text() =>
        Assert.Equal("the text has fewer than 4 characters", Check(
            """[{"message":{"content":"ab"},"delta":{"content":"cd"}}]"""));

    [Fact]
    public void A_text_that_the_callers_own_limit_cut_is_its_own_doing() =>
        Assert.Null(Check("""[{"message":{"content":"a"},"finish_reason":"length"}]""", call: Capped));

    [Fact]
    public void The_callers_body_is_not_read_by_a_check_which_may_outlast_the_call()
    {
        var call = ChatCall.Of(Capped);
        // What the face does when the call is over: the buffer is somebody else's.
        Assert.True(MemoryMarshal.TryGetArray(call.Body, out var body));
        body.AsSpan().Fill((byte)'x');

        Assert.Null(Validator().Check(call, Answer("""[{"message":{"content":"a"},"finish_reason":"length"}]""")));
    }

    [Theory]
    [InlineData("\"max_tokens\":5", true)]
    [InlineData("\"max_completion_tokens\":5", true)]
    [InlineData("\"max_tokens\":null", false)]
    [InlineData("\"max_tokens\":\"5\"", false)]
    [InlineData("\"metadata\":{\"max_tokens\":5}", false)]
    public void A_limit_is_the_callers_own_where_its_request_has_one(string field, bool isOwn) =>
        Assert.Equal(isOwn ? null : "the text has fewer than 4 characters",
            Check("""[{"message":{"content":"a"},"finish_reason":"length"}]""",
                call: $$"""{"model":"m",{{field}},"messages":[{"role":"user","content":"hi"}]}"""));

    [Fact]
    public void A_stream_is_put_together_from_its_events()
    {
        const string More = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!!\"}}]}\r\n\r\n";
        var events = ": ping\n\n" + ClientFixture.Role + ClientFixture.Hi + More + ClientFixture.Stop
            + ClientFixture.Done;

        Assert.Null(CheckStream(events));
        Assert.Equal("the text has fewer than 4 characters",
            CheckStream(ClientFixture.Role + ClientFixture.Hi + ClientFixture.Stop));
    }

    [Fact]
    public void The_pattern_may_match_anywhere() =>
        Assert.Equal("the text does not match the pattern",
            Check("""[{"message":{"content":"abcd"}}]""", new ValidationOptions { Pattern = Pattern("[0-9]") }));

    [Fact]
    public void A_pattern_that_explodes_is_a_failed_validation() =>
        Assert.Equal("the pattern did not end within 250 ms",
            Check($$$"""[{"message":{"content":"{{{new string('a', 50)}}}!"}}]""",
                new ValidationOptions { Pattern = Pattern("(?=a)(a+)+$") }));

    [Fact]
    public async Task Checks_that_may_backtrack_never_take_all_the_processors_at_once()
    {
        var places = new CheckPlaces(1);
        await places.EnterAsync(default);
        var waits = CheckAsync("(?=a)abcd", places);
        Assert.False(waits.IsCompleted);

        places.Leave();

        Assert.Null(await waits.SoonAsync());
        await places.EnterAsync(default).AsTask().SoonAsync();
    }

    [Fact]
    public async Task A_schemas_pattern_that_may_backtrack_waits_for_a_place_too()
    {
        var places = new CheckPlaces(1);
        await places.EnterAsync(default);
        using var schema = JsonDocument.Parse("""{"patternProperties":{"(?=a)":{"type":"string"}}}""");
        var validator = Validator(new ValidationOptions
        {
            Schema = JsonSchema.Read(schema.RootElement, out _), Places = places,
        });

        var waits = validator.CheckAsync(ChatCall.Of(ChatCall.Plain), Answer(Abcd), default).AsTask();
        Assert.False(waits.IsCompleted);
        places.Leave();

        Assert.Equal("the schema: is not JSON", await waits.SoonAsync());
    }

    [Fact]
    public async Task A_check_in_linear_time_waits_for_nobody()
    {
        var places = new CheckPlaces(1);
        await places.EnterAsync(default);

        Assert.True(CheckAsync("abcd", places).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task One_routes_checks_leave_places_to_other_routes()
    {
        var places = new CheckPlaces(2);
        await places.EnterAsync(default);
        await places.EnterAsync(default);
        var validator = Validator(new ValidationOptions { Pattern = Pattern("(?=a)abcd"), Places = places });
        var first = validator.CheckAsync(ChatCall.Of(ChatCall.Plain), Answer(Abcd), default).AsTask();
        var second = validator.CheckAsync(ChatCall.Of(ChatCall.Plain), Answer(Abcd), default).AsTask();

        var other = CheckAsync("(?=a)abcd", places);
        places.Leave();
        await first.SoonAsync();
        await other.SoonAsync();

        Assert.Null(await second.SoonAsync());
    }

    [Fact]
    public async Task A_check_that_gives_up_waiting_leaves_no_place_taken()
    {
        var places = new CheckPlaces(1);
        await places.EnterAsync(default);
        using var clock = new CancellationTokenSource();
        var validator = Validator(new ValidationOptions { Pattern = Pattern("(?=a)abcd"), Places = places });
        var waits = validator.CheckAsync(ChatCall.Of(ChatCall.Plain), Answer(Abcd), clock.Token).AsTask();

        await clock.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits.SoonAsync());
        places.Leave();
        var next = validator.CheckAsync(ChatCall.Of(ChatCall.Plain), Answer(Abcd), default).AsTask();
        Assert.Null(await next.SoonAsync());
    }

    [Fact]
    public void An_answer_too_large_to_be_checked_is_a_bad_one() =>
        Assert.Equal("the answer is larger than 10 bytes, the most that is checked",
            Check("""[{"message":{"content":"abcd"}}]""", new ValidationOptions { MaxBytes = 10 }));

    private static ReadOnlyMemory<byte> Answer(string choices) =>
        Encoding.UTF8.GetBytes($$"""{"choices":{{choices}}}""");

    private static Task<string?> CheckAsync(string pattern, CheckPlaces places) =>
        Validator(new ValidationOptions { Pattern = Pattern(pattern), Places = places })
            .CheckAsync(ChatCall.Of(ChatCall.Plain), Answer(Abcd), default).AsTask();

    private static string? CheckStream(string events) =>
        Validator().Check(ChatCall.Of(ChatCall.Streamed), Encoding.UTF8.GetBytes(events));

    private static TextPattern Pattern(string text)
    {
        Assert.True(TextPattern.TryCreate(text, out var pattern, out _));
        return pattern;
    }

    private static AnswerValidator Validator(ValidationOptions? options = null) =>
        new(options ?? new ValidationOptions { MinLength = 4 }, new ManualTimeProvider());

    private static string? Check(string choices, ValidationOptions? options = null, string call = ChatCall.Plain) =>
        Validator(options).Check(ChatCall.Of(call), Answer(choices));
}
