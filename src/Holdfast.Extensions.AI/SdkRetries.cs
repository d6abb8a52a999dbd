using System.Collections;
using System.Reflection;

namespace Holdfast.Extensions.AI;

/// <summary>How often an SDK repeats by itself, and how to switch that off.</summary>
internal readonly record struct SdkRepeats(int Count, string Remedy);

/// <summary>
/// Finds SDKs that repeat by themselves, without a reference to any: it asks a client for the SDK's client below it and
/// looks at that one's settings. What it can't see it doesn't guess; then the exception that an SDK throws after
/// repeats tells.
/// </summary>
internal static class SdkRetries
{
    private const string OpenAi = "set RetryPolicy = new ClientRetryPolicy(0) in its OpenAIClientOptions";
    private const string Anthropic = "set MaxRetries = 0 on its AnthropicClient";
    private const string Any = "set RetryPolicy or Retry.MaxRetries in its client options";

    // As its documentation says; the setting itself is null then.
    private const int AnthropicsDefault = 2;

    // How both families of Microsoft's pipelines begin the message of what they throw after repeats.
    private const string AfterRepeats = "Retry failed after ";

    private const BindingFlags Fields = BindingFlags.NonPublic | BindingFlags.Instance;

    private static readonly (string Type, string Remedy, Func<object, int?> Count)[] Known =
    [
        ("OpenAI.Chat.ChatClient, OpenAI", OpenAi, InPipeline),
        ("OpenAI.Responses.ResponsesClient, OpenAI", OpenAi, InPipeline),
        ("OpenAI.Responses.OpenAIResponseClient, OpenAI", OpenAi, InPipeline),
        ("OpenAI.Embeddings.EmbeddingClient, OpenAI", OpenAi, InPipeline),
        ("Anthropic.IAnthropicClient, Anthropic", Anthropic, InProperty),
    ];

    /// <summary>What a look at the client's settings shows; null when it doesn't repeat, or nobody can tell.</summary>
    public static SdkRepeats? Of(ClientDescription client)
    {
        foreach (var (name, remedy, count) in Known)
        {
            // Null where the program has no such SDK.
            if (Type.GetType(name) is { } type && client.Find(type, null) is { } sdk
                && count(sdk) is > 0 and var repeats)
                return new SdkRepeats(repeats, remedy);
        }

        return null;
    }

    /// <summary>What an exception tells; null when it tells of no repeats.</summary>
    public static SdkRepeats? Of(Exception exception) =>
        exception is AggregateException { InnerExceptions.Count: > 1 } all
        && all.Message.StartsWith(AfterRepeats, StringComparison.Ordinal)
            ? new SdkRepeats(all.InnerExceptions.Count - 1, Any)
            : null;

    /// <summary>
    /// The repeats of the retry policy in the pipeline; null when it has none, or one of another's making, or keeps it
    /// elsewhere.
    /// </summary>
    private static int? InPipeline(object sdk)
    {
        var pipeline = sdk.GetType().GetProperty("Pipeline")?.GetValue(sdk);
        var policies = pipeline?.GetType().GetField("_policies", Fields)?.GetValue(pipeline);
        if (policies?.GetType().GetMethod("ToArray", [])?.Invoke(policies, null) is not IEnumerable all)
            return null;
        foreach (var policy in all)
        {
            for (var type = policy?.GetType(); type is not null; type = type.BaseType)
            {
                if (type.Name == "ClientRetryPolicy"
                    && type.GetField("_maxRetries", Fields)?.GetValue(policy) is int repeats)
                    return repeats;
            }
        }

        return null;
    }

    private static int? InProperty(object sdk) => sdk.GetType().GetProperty("MaxRetries") is { } property
        ? property.GetValue(sdk) as int? ?? AnthropicsDefault
        : null;
}
