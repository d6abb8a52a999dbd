using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using Anthropic;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Holdfast.Tests.ExtensionsAi.Sdks;

/// <summary>The providers' own SDKs as chat clients.</summary>
internal static class Sdk
{
    public static IChatClient OpenAi(Uri server, int? retries = 0, TimeSpan? limit = null)
    {
        var options = new OpenAIClientOptions { Endpoint = server, NetworkTimeout = limit };
        if (retries is { } count)
            options.RetryPolicy = new ClientRetryPolicy(count);
        return new OpenAiClient(new ChatClient("gpt-4o", new ApiKeyCredential("key"), options));
    }

    public static IChatClient Anthropic(Uri server, int? retries = 0, TimeSpan? limit = null) =>
        new AnthropicClient { ApiKey = "key", BaseUrl = server.ToString(), MaxRetries = retries, Timeout = limit }
            .AsIChatClient("claude-sonnet-4-5");

    public static IChatClient Azure(Uri server, int retries = 0, TimeSpan? limit = null)
    {
        var options = new AnyAzureOptions { Retry = { MaxRetries = retries, Delay = TimeSpan.FromMilliseconds(1) } };
        if (limit is { } network)
            options.Retry.NetworkTimeout = network;
        return new AzureClient(HttpPipelineBuilder.Build(options), server);
    }

    public static IChatClient Of(string name, Uri server, int retries = 0, TimeSpan? limit = null) => name switch
    {
        "openai" => OpenAi(server, retries, limit),
        "anthropic" => Anthropic(server, retries, limit),
        _ => Azure(server, retries, limit),
    };

    private sealed class AnyAzureOptions : ClientOptions;

    /// <summary>As the adapter of Microsoft.Extensions.AI.OpenAI: it shows the SDK's client as a service.</summary>
    private sealed class OpenAiClient(ChatClient client) : Asking
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceKey is null && serviceType.IsInstanceOfType(client) ? client : null;

        protected override async Task<string> AskAsync(string question, CancellationToken cancellation)
        {
            var answer = await client.CompleteChatAsync([new UserChatMessage(question)], null, cancellation);
            return answer.Value.Content[0].Text;
        }
    }

    /// <summary>As any client over Azure.Core: a request through its pipeline, and what isn't good is thrown.</summary>
    private sealed class AzureClient(HttpPipeline pipeline, Uri server) : Asking
    {
        protected override async Task<string> AskAsync(string question, CancellationToken cancellation)
        {
            var message = pipeline.CreateMessage();
            message.Request.Method = RequestMethod.Post;
            message.Request.Uri.Reset(server);
            message.Request.Content = RequestContent.Create(question);
            await pipeline.SendAsync(message, cancellation);
            return message.Response.IsError
                ? throw new RequestFailedException(message.Response)
                : message.Response.Content.ToString();
        }
    }

    private abstract class Asking : IChatClient
    {
        public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default) =>
            new(new ChatMessage(ChatRole.Assistant, await AskAsync(messages.Last().Text, cancellationToken)));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
            ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return new ChatResponseUpdate(
                ChatRole.Assistant, await AskAsync(messages.Last().Text, cancellationToken));
        }

        public virtual object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        protected abstract Task<string> AskAsync(string question, CancellationToken cancellation);
    }
}
