using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>The frame of a chat in the hub's dialect that another dialect's request becomes.</summary>
internal static class HubRequest
{
    // Behind {"model":
    private const int ModelStart = 9;

    /// <summary>Begins the body. The model is first, because its place is told without looking for it.</summary>
    public static void Begin(JsonOutput output, CallRequest call)
    {
        output.BeginObject();
        output.Name("model"u8);
        output.Raw(call.Body.Span[call.ModelValue]);
    }

    /// <param name="call">As its caller sent it.</param>
    /// <param name="body">What <see cref="Begin"/> began.</param>
    /// <param name="origins"><see cref="CallRequest.Origins"/></param>
    /// <param name="repeated"><see cref="CallRequest.Repeated"/></param>
    /// <param name="headers">Those that the hub's dialect knows.</param>
    public static CallRequest Of(
        CallRequest call, PooledBuffer body, IReadOnlyList<MessageOrigin> origins, ReadOnlyMemory<byte> repeated,
        PassedHeaders headers) => new()
        {
            Id = call.Id,
            Dialect = Dialect.OpenAi,
            Operation = Operation.ChatCompletions,
            Body = body.WrittenSpan.ToArray(),
            Origins = origins,
            Repeated = repeated,
            Model = call.Model,
            ModelValue = ModelStart..(ModelStart + call.Body.Span[call.ModelValue].Length),
            ObjectStart = 1,
            Stream = call.Stream,
            StartedAt = call.StartedAt,
            CallerTimeout = call.CallerTimeout,
            Strategy = call.Strategy,
            Priority = call.Priority,
            MaxOutputTokens = call.MaxOutputTokens,
            Headers = headers,
        };
}
