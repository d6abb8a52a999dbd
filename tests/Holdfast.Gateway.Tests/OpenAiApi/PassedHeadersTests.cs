using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Security;
using Holdfast.Gateway.Tests.Calls;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>The headers that come from a caller, and those that it gets.</summary>
public sealed class PassedHeadersTests
{
    [Fact]
    public void Only_the_listed_headers_of_a_caller_pass()
    {
        var headers = new HeaderDictionary
        {
            ["traceparent"] = "t", ["openai-beta"] = "o", ["anthropic-version"] = "v", ["anthropic-beta"] = "b",
            ["user-agent"] = "u", ["authorization"] = "Bearer k", ["cookie"] = "c", ["x-holdfast-tags"] = "x",
        };

        Assert.Equal(new PassedHeaders("t", "o", "v", "b", "u"), CallerHeaders.Read(headers));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\r\nx: y")]
    [InlineData("grün")]
    [InlineData("a\tb")]
    public void A_malformed_value_stays_behind(string value) =>
        Assert.Equal(PassedHeaders.None, CallerHeaders.Read(new HeaderDictionary { ["user-agent"] = value }));

    [Fact]
    public void A_value_too_long_or_given_twice_stays_behind()
    {
        var headers = new HeaderDictionary
        {
            ["user-agent"] = new string('x', 513), ["openai-beta"] = new string[] { "a", "b" },
        };

        Assert.Equal(PassedHeaders.None, CallerHeaders.Read(headers));
    }

    [Fact]
    public void Without_headers_there_are_none() =>
        Assert.Equal(PassedHeaders.None, CallerHeaders.Read(new HeaderDictionary()));

    [Fact]
    public void An_answers_headers_tell_who_answered_and_what_was_tried()
    {
        var record = new CallRecord(ChatCall.Of()) { FellBack = true, ProviderRequestId = "up-1" };
        record.Add(new AttemptRecord("openai", "gpt-4o", Outcome.Timeout, TimeSpan.Zero, true));
        record.Add(new AttemptRecord("anthropic", "claude", Outcome.Ok, TimeSpan.Zero, true));

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["x-holdfast-provider"] = "anthropic",
                ["x-holdfast-model"] = "claude",
                ["x-holdfast-attempts"] = "2",
                ["x-holdfast-fallback"] = "true",
                ["x-holdfast-cache"] = "bypass",
                ["x-holdfast-attempted"] = "openai/gpt-4o:timeout,anthropic/claude:ok",
                ["x-holdfast-provider-request-id"] = "up-1",
            },
            Written(record));
    }

    [Fact]
    public void Without_an_answer_they_name_the_last_that_was_asked()
    {
        var record = new CallRecord(ChatCall.Of());
        record.Add(new AttemptRecord("a", "x", Outcome.Timeout, TimeSpan.Zero, true));
        record.Add(new AttemptRecord("b", "y", Outcome.CircuitOpen, TimeSpan.Zero, false));

        var written = Written(record);

        Assert.Equal(("a", "1", "false"),
            (written["x-holdfast-provider"], written["x-holdfast-attempts"], written["x-holdfast-fallback"]));
    }

    [Fact]
    public void When_nobody_was_asked_they_name_nobody()
    {
        var written = Written(new CallRecord(ChatCall.Of()));

        Assert.Equal("0", written["x-holdfast-attempts"]);
        Assert.DoesNotContain("x-holdfast-provider", written.Keys);
        Assert.DoesNotContain("x-holdfast-attempted", written.Keys);
    }

    [Fact]
    public void A_providers_request_id_cannot_add_a_header()
    {
        var record = new CallRecord(ChatCall.Of()) { ProviderRequestId = "a\r\nset-cookie: b" };

        Assert.Equal("a%0D%0Aset-cookie:%20b", Written(record)["x-holdfast-provider-request-id"]);
    }

    private static Dictionary<string, string> Written(CallRecord record)
    {
        var headers = new HeaderDictionary();
        AnswerHeaders.Write(headers, record, new Redaction(["sk-secret-key"]));
        return headers.ToDictionary(header => header.Key, header => header.Value.ToString());
    }
}
