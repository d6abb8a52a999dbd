using System.Text;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.Tests.Calls;

/// <summary>Makes calls as the OpenAI face does, from a body.</summary>
internal static class ChatCall
{
    public const string Plain = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";
    public const string Streamed = """{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    public static CallRequest Of(string body = Plain, PassedHeaders? headers = null, TimeSpan? timeout = null,
        long startedAt = 0, FailoverStrategy? strategy = null, string id = "req_1",
        int priority = AdmissionPriority.Normal, string? key = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Null(ChatRequestBody.TryRead(bytes, out var fields));
        return new CallRequest
        {
            Id = id,
            Dialect = Dialect.OpenAi,
            Operation = Operation.ChatCompletions,
            Body = bytes,
            Model = fields.Model,
            ModelValue = fields.ModelValue,
            ObjectStart = fields.ObjectStart,
            Stream = fields.Stream,
            HasStreamOptions = fields.HasStreamOptions,
            IncludeUsage = fields.IncludeUsage,
            Choices = fields.Choices,
            StartedAt = startedAt,
            CallerTimeout = timeout,
            Strategy = strategy,
            Priority = priority,
            PresentedKey = key,
            MaxOutputTokens = fields.MaxOutputTokens,
            Headers = headers ?? PassedHeaders.None,
        };
    }
}
