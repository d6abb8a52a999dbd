using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.Tests.OpenAiApi;

/// <summary>Operations other than chat, from the face to scripted providers and back.</summary>
public sealed class OperationsTests() : FaceTests("")
{
    private const string Two = """{"model":"m","input":["a","b"],"encoding_format":"float","x":1}""";

    private const string TwoVectors = """
        {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]},
        {"object":"embedding","index":1,"embedding":[2,0.25]}],"model":"text-3","usage":{"prompt_tokens":4,"total_tokens":4}}
        """;

    [Fact]
    public async Task Embeddings_go_through_with_only_the_model_patched_and_are_booked()
    {
        Gateway.With("a");
        var call = HandleAsync(Two, OpenAiFace.Embeddings);
        var request = await Gateway["a"].RequestAsync();
        await request.AnswerAsync(200, TwoVectors);
        await call;

        Assert.StartsWith("POST /v1/embeddings HTTP/1.1", request.Head);
        Assert.Equal("""{"model":"x","input":["a","b"],"encoding_format":"float","x":1}""", request.Body);
        Assert.Equal((200, TwoVectors), (Http.Response.StatusCode, Written));
        Assert.Equal((Operation.Embeddings, Outcome.Ok, new Usage(4, 0)),
            (Seen.Last!.Request.Operation, Seen.Last.Outcome, Seen.Last.Usage));
    }

    [Theory]
    [InlineData("server_error", 503, "{}")]
    [InlineData("bad_answer", 200, "<html>")]
    [InlineData("bad_answer", 200, """{"object":"list","data":[{"index":0,"embedding":[0.5]}]}""")]
    [InlineData("bad_answer", 200, """{"error":{"message":"out of memory"}}""")]
    [InlineData("rate_limited", 429, "{}")]
    public async Task Embeddings_fail_over_like_any_call(string outcome, int status, string body)
    {
        Gateway.With("a").With("b");
        var call = HandleAsync(Two, OpenAiFace.Embeddings);
        await Gateway.AnswerAsync("a", status, body);
        await Gateway.AnswerAsync("b", 200, TwoVectors);
        await call;

        Assert.Equal($"a/x:{outcome},b/x:ok", Http.Response.Headers["x-holdfast-attempted"]);
        Assert.Equal((TwoVectors, true), (Written, Seen.Last!.FellBack));
    }

    [Fact]
    public async Task Numbers_become_base64_where_the_caller_asked_for_that()
    {
        Gateway.With("a");
        var call = HandleAsync(Two.Replace("float", "base64"), OpenAiFace.Embeddings);
        await Gateway.AnswerAsync("a", 200, TwoVectors);
        await call;

        var items = JsonDocument.Parse(Written).RootElement.GetProperty("data");
        Assert.Equal([0.5f, -1f], Numbers(items[0]));
        Assert.Equal([2f, 0.25f], Numbers(items[1]));
        Assert.Equal(TwoVectors.Replace("[0.5,-1]", "\"" + Text(items[0]) + "\"")
            .Replace("[2,0.25]", "\"" + Text(items[1]) + "\""), Written);
    }

    [Fact]
    public async Task A_target_that_cannot_do_it_has_no_part_in_the_call_and_makes_no_fallback()
    {
        Gateway.With("a", "groq").With("b", "anthropic").With("c");
        var call = HandleAsync(Two, OpenAiFace.Embeddings);
        await Gateway.AnswerAsync("c", 200, TwoVectors);
        await call;

        Assert.Equal(("c/x:ok", "false"), (Http.Response.Headers["x-holdfast-attempted"].ToString(),
            Http.Response.Headers["x-holdfast-fallback"].ToString()));
        Assert.Equal(("c", "x"), Seen.Last!.Primary);
    }

    [Fact]
    public async Task An_operation_that_no_target_offers_is_told_as_such_and_not_to_be_tried_again()
    {
        Gateway.With("a", "groq").With("b", "anthropic");

        await HandleAsync(Two, OpenAiFace.Embeddings);

        var error = JsonDocument.Parse(Written).RootElement.GetProperty("error");
        Assert.Equal((501, "invalid_request_error", "unsupported_operation", "model"), (Http.Response.StatusCode,
            error.GetProperty("type").GetString(), error.GetProperty("code").GetString(),
            error.GetProperty("param").GetString()));
        Assert.Equal("model: no target of 'm' offers embeddings", error.GetProperty("message").GetString());
        Assert.Equal(("false", "0"), (Http.Response.Headers["x-should-retry"].ToString(),
            Http.Response.Headers["x-holdfast-attempts"].ToString()));
        Assert.Equal((Outcome.CallerError, "m", 501),
            (Seen.Last!.Outcome, Seen.Last.ModelLabel, Seen.Last.HttpStatus));
    }

    [Theory]
    [InlineData("""{"input":"bad words"}""", """{"model":"x","input":"bad words"}""")]
    [InlineData("""{"input":"bad words","model":"omni-moderation-latest"}""",
        """{"input":"bad words","model":"x"}""")]
    public async Task A_moderation_goes_to_its_model_and_names_it(string body, string sent)
    {
        const string Judged = """{"id":"modr-1","results":[{"flagged":true,"categories":{"hate":true}}]}""";
        Gateway.RouteChange = route => route with { Name = InputRequestBody.DefaultModeration };
        Gateway.With("a");
        var call = HandleAsync(body, OpenAiFace.Moderations);
        var request = await Gateway["a"].RequestAsync();
        await request.AnswerAsync(200, Judged);
        await call;

        Assert.StartsWith("POST /v1/moderations HTTP/1.1", request.Head);
        Assert.Equal((sent, Judged), (request.Body, Written));
        Assert.Equal(Operation.Moderations, Seen.Last!.Request.Operation);
    }

    [Fact]
    public async Task A_moderation_without_a_model_is_told_so_where_none_is_meant()
    {
        Gateway.With("a");

        await HandleAsync("""{"input":"x"}""", OpenAiFace.Moderations);

        var error = JsonDocument.Parse(Written).RootElement.GetProperty("error");
        Assert.Equal(400, Http.Response.StatusCode);
        Assert.Equal(("missing_field", "model"),
            (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains("'omni-moderation-latest'", error.GetProperty("message").GetString());
    }

    private static string Text(JsonElement item) => item.GetProperty("embedding").GetString()!;

    private static float[] Numbers(JsonElement item)
    {
        var bytes = Convert.FromBase64String(Text(item));
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(at => BitConverter.ToSingle(bytes, at * 4))];
    }
}
