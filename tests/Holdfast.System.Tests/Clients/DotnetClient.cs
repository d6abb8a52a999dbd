using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

namespace Holdfast.System.Tests.Clients;

/// <summary>The NuGet package <c>OpenAI</c>.</summary>
internal sealed class DotnetClient : IOfficialClient
{
    public async Task<IReadOnlyList<ChatOutcome>> AskAsync(
        ClientSettings settings, IReadOnlyList<ChatCall> calls, int parallel = 1)
    {
        var outcomes = new ChatOutcome[calls.Count];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = parallel };
        await Parallel.ForAsync(0, calls.Count, limits, async (index, _) =>
            outcomes[index] = await AskAsync(settings, calls[index]));
        return outcomes;
    }

    public static OpenAIClientOptions Options(ClientSettings settings)
    {
        var options = new OpenAIClientOptions { Endpoint = settings.BaseUrl, NetworkTimeout = settings.Timeout };
        if (settings.MaxRetries is { } retries)
        {
            options.RetryPolicy = new ClientRetryPolicy(retries);
        }

        return options;
    }

    public static ChatClient Chat(ClientSettings settings, string model) =>
        new(model, new ApiKeyCredential(settings.Key), Options(settings));

    private static async Task<ChatOutcome> AskAsync(ClientSettings settings, ChatCall call)
    {
        var options = Options(settings);
        var seen = new HeaderNotes();
        options.AddPolicy(seen, PipelinePosition.PerTry);
        var client = new ChatClient(call.Model, new ApiKeyCredential(settings.Key), options);
        var progress = new Progress();
        ClientError? error = null;
        try
        {
            await (call.Stream ? StreamAsync(client, call, progress) : CompleteAsync(client, call, progress));
        }
        // Whatever a caller's code would have to catch is what the tests look at.
        catch (Exception raised)
        {
            error = ReadError(raised);
        }

        return new ChatOutcome(progress.Text, progress.FinishReason, seen.Headers, error);
    }

    private static async Task CompleteAsync(ChatClient client, ChatCall call, Progress progress)
    {
        var completion = await client.CompleteChatAsync([new UserChatMessage(call.Text)], With(call));
        progress.Text = completion.Value.Content[0].Text;
        progress.FinishReason = Word(completion.Value.FinishReason);
    }

    private static async Task StreamAsync(ChatClient client, ChatCall call, Progress progress)
    {
        using var leaving = new CancellationTokenSource();
        var updates = client.CompleteChatStreamingAsync(
            [new UserChatMessage(call.Text)], With(call), leaving.Token);
        var chunks = 0;
        await foreach (var update in updates)
        {
            foreach (var part in update.ContentUpdate)
            {
                progress.Text += part.Text;
            }

            progress.FinishReason = update.FinishReason is { } reason ? Word(reason) : progress.FinishReason;
            if (++chunks == call.AbortAfterChunks)
            {
                await leaving.CancelAsync();
            }
        }
    }

    private static ChatCompletionOptions With(ChatCall call) => new() { MaxOutputTokenCount = call.MaxTokens };

    private static string Word(ChatFinishReason reason) => reason switch
    {
        ChatFinishReason.Stop => "stop",
        ChatFinishReason.Length => "length",
        ChatFinishReason.ToolCalls => "tool_calls",
        _ => reason.ToString(),
    };

    private static ClientError ReadError(Exception raised)
    {
        var name = raised.GetType().Name;
        if (raised is not ClientResultException { Status: var status } result
            || result.GetRawResponse()?.Content is not { } body)
        {
            return new ClientError(name, 0, null, null, null, raised.Message);
        }

        using var document = JsonDocument.Parse(body);
        var error = document.RootElement.GetProperty("error");
        return new ClientError(name, status, error.GetProperty("code").GetString(),
            error.GetProperty("type").GetString(), error.GetProperty("param").GetString(),
            error.GetProperty("message").GetString()!);
    }

    private sealed class Progress
    {
        public string Text { get; set; } = "";

        public string? FinishReason { get; set; }
    }

    /// <summary>Notes the headers of the last answer: the SDK shows none of a stream's.</summary>
    private sealed class HeaderNotes : PipelinePolicy
    {
        public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

        public override void Process(
            PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            ProcessNext(message, pipeline, currentIndex);
            Note(message.Response);
        }

        public override async ValueTask ProcessAsync(
            PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            await ProcessNextAsync(message, pipeline, currentIndex);
            Note(message.Response);
        }

        private void Note(PipelineResponse? response)
        {
            Headers.Clear();
            foreach (var (name, value) in response?.Headers ?? Enumerable.Empty<KeyValuePair<string, string>>())
            {
                Headers[name] = value;
            }
        }
    }
}
