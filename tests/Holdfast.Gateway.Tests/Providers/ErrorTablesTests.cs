using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>What providers' errors mean: every row of every table with an error as it comes over the wire.</summary>
public sealed class ErrorTablesTests
{
    /// <summary>Table; provider type; status; the body; the outcome.</summary>
    public static TheoryData<string, string, int, string, Outcome> Cases => new()
    {
        { "OpenAI", "openai", 429, Error("\"code\":\"insufficient_quota\""), Outcome.Quota },
        { "OpenAI", "groq", 400, Error("\"code\":\"billing_hard_limit_reached\""), Outcome.Quota },
        { "OpenAI", "openai", 429, Error("\"type\":\"insufficient_quota\",\"code\":null"), Outcome.Quota },
        { "OpenAI", "openai", 400, Error("\"code\":\"invalid_api_key\""), Outcome.Auth },
        { "OpenAI", "xai", 400, """{"code":"x","error":"Incorrect API key provided: a*z."}""", Outcome.Auth },
        { "OpenAI", "openai", 403, Error("\"code\":\"model_not_found\""), Outcome.NotFound },
        { "OpenAI", "xai", 429, """{"code":"x","error":"Your team has either used all available credits or more"}""",
            Outcome.Quota },
        { "OpenAI", "openrouter", 403, Error(
            "\"code\":403,\"metadata\":{\"reasons\":[\"violence\"],\"flagged_input\":\"How do I\"}"),
            Outcome.CallerError },
        { "OpenAI", "openrouter", 403, Error("\"code\":403,\"metadata\":{\"reasons\":[\"violence\"]}"),
            Outcome.CallerError },
        { "Anthropic", "anthropic", 400, Error("\"message\":\"Your credit balance is too low to go on\""),
            Outcome.Quota },
        { "Anthropic", "anthropic", 429, Error("\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}"),
            Outcome.Quota },
        { "Anthropic", "anthropic", 403, Error("\"type\":\"billing_error\""), Outcome.Quota },
        { "Anthropic", "anthropic", 400, Error("\"type\":\"authentication_error\""), Outcome.Auth },
        { "Gemini", "gemini", 400, Error("\"details\":[{\"reason\":\"API_KEY_INVALID\"}]"), Outcome.Auth },
        { "Gemini", "gemini", 400, Error("\"status\":\"FAILED_PRECONDITION\""), Outcome.Auth },
        { "Gemini", "gemini", 400, Error("\"message\":\"API key not valid. Pass a valid one.\""), Outcome.Auth },
        { "Gemini", "vertex", 429, Error("\"message\":\"Your prepayment credits are gone\""), Outcome.Quota },
        { "Bedrock", "bedrock", 400, """{"__type":"ExpiredTokenException"}""", Outcome.Auth },
        { "Bedrock", "bedrock", 400, """{"__type":"ServiceQuotaExceededException"}""", Outcome.Quota },
        { "Bedrock", "bedrock", 400, """{"__type":"com.amazon.coral.availability#ThrottlingException"}""",
            Outcome.RateLimited },
        { "Bedrock", "bedrock", 400, """{"message":"The provided model identifier is invalid."}""",
            Outcome.NotFound },
        { "Cohere", "cohere", 429, """{"message":"limited to 1000 API calls / month"}""", Outcome.Quota },
        { "Cohere", "cohere", 498, """{"message":"x"}""", Outcome.Auth },
        { "Cohere", "cohere", 499, """{"message":"x"}""", Outcome.ServerError },
        { "Ollama", "ollama", 429, """{"error":"you have reached your weekly usage limit"}""", Outcome.Quota },
    };

    [Theory, MemberData(nameof(Cases))]
    public void An_error_means_what_its_row_says(string table, string type, int status, string body, Outcome outcome)
    {
        Assert.Contains(ErrorTables.All, known => known.Dialect == table);

        Assert.Equal(outcome, Read(type, status, body).Outcome);
        // And not by its status alone.
        Assert.NotEqual(outcome, Read("openai-compatible", status, "{}").Outcome);
    }

    [Fact]
    public void Every_row_has_a_case()
    {
        // The compatible face of Gemini is OpenAI's dialect, and an error of Responses stands inside a 200.
        var rows = ErrorTables.All.Where(table => table != ErrorTables.Responses)
            .Sum(table => table.Rules.Count(rule => table != ErrorTables.OpenAi || rule.ProviderType != "gemini"));

        // Two rows have two words, and a case for each.
        Assert.Equal(rows + 2, Cases.Count());
    }

    [Fact]
    public void The_first_row_that_covers_an_error_counts_and_its_status_where_none_does()
    {
        var table = new ErrorTable("x",
        [
            new(400, 429, Outcome.Quota) { Type = new(TextMatchKind.Is, "a"), Code = new(TextMatchKind.Is, "b") },
            new(400, 400, Outcome.Auth) { Type = new(TextMatchKind.Is, "a") },
            new(400, 400, Outcome.NotFound) { Message = new(TextMatchKind.Begins, "gone"), ProviderType = "p" },
        ], [("word", 503)]);

        Assert.Equal(Outcome.Quota, table.OutcomeOf(400, "a", "b", null));
        Assert.Equal(Outcome.Auth, table.OutcomeOf(400, "a", "c", null));
        Assert.Equal(Outcome.Auth, table.OutcomeOf(400, "a", null, null));
        Assert.Equal(Outcome.CallerError, table.OutcomeOf(400, "A", "b", null));
        Assert.Equal(Outcome.RateLimited, table.OutcomeOf(429, "a", null, null));
        Assert.Equal(Outcome.ServerError, table.OutcomeOf(500, "a", "b", null));
        Assert.Equal(Outcome.NotFound, table.OutcomeOf(400, null, null, "Gone away", "p"));
        Assert.Equal(Outcome.CallerError, table.OutcomeOf(400, null, null, "Gone away", "q"));
        Assert.Equal(Outcome.CallerError, table.OutcomeOf(400, null, null, "it is gone", "p"));
        Assert.Equal((503, 7), (table.StatusOf("word", 7), table.StatusOf("other", 7)));
    }

    [Theory]
    [InlineData("overloaded_error", Outcome.ServerError, 529)]
    [InlineData("rate_limit_error", Outcome.RateLimited, 429)]
    [InlineData("invalid_request_error", Outcome.CallerError, 400)]
    [InlineData("authentication_error", Outcome.Auth, 401)]
    [InlineData("billing_error", Outcome.Quota, 402)]
    [InlineData("not_found_error", Outcome.NotFound, 404)]
    [InlineData("timeout_error", Outcome.ServerError, 504)]
    [InlineData("nothing_known", Outcome.ServerError, 500)]
    public void Anthropics_error_inside_a_200_means_what_its_status_would(string type, Outcome outcome, int status)
    {
        var table = ErrorTables.Anthropic;

        var stands = table.StatusOf(type, otherwise: 500);

        Assert.Equal((outcome, status), (table.OutcomeOf(stands, type, null, null), stands));
    }

    /// <summary>The host; as which provider; what the error means that isn't its status'.</summary>
    [RecordingsTheory("recordings-dev.jsonl.gz")]
    [InlineData("api.openai.com", "openai", 50)]
    [InlineData("api.anthropic.com", "anthropic", 3)]
    [InlineData("api.groq.com", "groq", 1)]
    [InlineData("api.deepseek.com", "deepseek", 2)]
    [InlineData("openrouter.ai", "openrouter", 1)]
    [InlineData("test-resource.openai.azure.com", "azure-openai", 2)]
    [InlineData("generativelanguage.googleapis.com", "gemini", 1)]
    [InlineData("bedrock-runtime.us-east-1.amazonaws.com", "bedrock", 3)]
    public void Every_recorded_error_is_classified(string host, string type, int atLeast)
    {
        var errors = Recordings.With(host).Where(entry => entry.Status >= 400).ToList();

        Assert.InRange(errors.Count, atLeast, int.MaxValue);
        foreach (var (file, _, status, _, answer) in errors)
        {
            var body = Encoding.UTF8.GetString(answer);
            var expected = (status, body) switch
            {
                (400, _) when body.Contains("model identifier is invalid", StringComparison.Ordinal) =>
                    Outcome.NotFound,
                (400, _) => Outcome.CallerError,
                (401, _) => Outcome.Auth,
                (404, _) => Outcome.NotFound,
                _ => throw new InvalidOperationException($"{file}: {status}"),
            };
            var fault = Read(type, status, body);
            Assert.Equal((file, expected, status), (file, fault.Outcome, fault.Status));
            Assert.DoesNotContain("answered with status", fault.Message, StringComparison.Ordinal);
        }
    }

    private static string Error(string members) => "{\"error\":{" + members + "}}";

    private static ProviderFault Read(string type, int status, string body)
    {
        var provider = new Provider(new ProviderOptions
        {
            Name = "p", Type = type, Region = "r", Project = "p", BaseUrl = ProviderTypes.Find(type)!.BaseUrl is ""
                ? new Uri("http://127.0.0.1/v1") : null,
        }, new KeyRing([]));
        return provider.Dialect.ReadError(status, Encoding.UTF8.GetBytes(body), null);
    }
}
