using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;
using OpenAI.Chat;
using ClientSettings = Holdfast.System.Tests.Clients.ClientSettings;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Asks through the official .NET client with its own types for requests and answers.</summary>
internal static class DotnetChat
{
    public static async Task<Told> PlainAsync(ClientSettings settings, JsonObject body)
    {
        try
        {
            ChatCompletion answer = await DotnetClient.Chat(settings, body["model"]!.GetValue<string>())
                .CompleteChatAsync(Messages(body), Options(body));
            return new Told("the .NET client", new Seen(
                string.Concat(answer.Content.Select(part => part.Text)),
                string.Concat(answer.ToolCalls.Select(call =>
                    Seen.Call(call.FunctionName, call.FunctionArguments.ToString()))),
                Word(answer.FinishReason), answer.Usage?.InputTokenCount, answer.Usage?.OutputTokenCount));
        }
        catch (ClientResultException raised) when (raised.GetRawResponse()?.Content is { } content)
        {
            return Told.OfError("the .NET client", raised.Status, content.ToString());
        }
    }

    public static async Task<Told> StreamedAsync(ClientSettings settings, JsonObject body)
    {
        var text = new StringBuilder();
        var calls = new SortedDictionary<int, (string Name, string Arguments)>();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        try
        {
            await foreach (var update in DotnetClient.Chat(settings, body["model"]!.GetValue<string>())
                .CompleteChatStreamingAsync(Messages(body), Options(body)))
            {
                text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
                foreach (var part in update.ToolCallUpdates)
                {
                    var (name, arguments) = calls.GetValueOrDefault(part.Index, ("", ""));
                    calls[part.Index] = (name + part.FunctionName, arguments + part.FunctionArgumentsUpdate);
                }

                (finish, usage) = (update.FinishReason ?? finish, update.Usage ?? usage);
            }
        }
        catch (ClientResultException raised) when (raised.GetRawResponse()?.Content is { } content)
        {
            return Told.OfError("the .NET client, streamed", raised.Status, content.ToString());
        }

        return new Told("the .NET client, streamed", new Seen(text.ToString(),
            string.Concat(calls.Values.Select(call => Seen.Call(call.Name, call.Arguments))),
            finish is { } reason ? Word(reason) : null, usage?.InputTokenCount, usage?.OutputTokenCount));
    }

    private static List<ChatMessage> Messages(JsonObject body) =>
        [.. body["messages"]!.AsArray().Select(message => Read<ChatMessage>(message!.ToJsonString()))];

    private static ChatCompletionOptions Options(JsonObject body)
    {
        var options = body.DeepClone().AsObject();
        options.Remove("messages");
        options.Remove("model");
        return Read<ChatCompletionOptions>(options.ToJsonString());
    }

    private static T Read<T>(string json)
        where T : IPersistableModel<T> => ModelReaderWriter.Read<T>(BinaryData.FromString(json))!;

    private static string Word(ChatFinishReason reason) => reason switch
    {
        ChatFinishReason.Stop => "stop",
        ChatFinishReason.Length => "length",
        ChatFinishReason.ToolCalls => "tool_calls",
        _ => reason.ToString(),
    };
}
