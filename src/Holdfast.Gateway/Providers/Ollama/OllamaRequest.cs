using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>Writes an OpenAI chat request as one of Ollama's chat.</summary>
internal static class OllamaRequest
{
    private static readonly ChatFieldSet Carried = new(
        ChatField.FrequencyPenalty, ChatField.KeepAlive, ChatField.Logprobs, ChatField.MaxCompletionTokens,
        ChatField.MaxTokens, ChatField.Messages, ChatField.Options, ChatField.ParallelToolCalls,
        ChatField.PresencePenalty, ChatField.ReasoningEffort, ChatField.ResponseFormat,
        ChatField.Seed, ChatField.Stop, ChatField.Temperature, ChatField.Think, ChatField.ToolChoice, ChatField.Tools,
        ChatField.TopK, ChatField.TopLogprobs, ChatField.TopP);

    /// <exception cref="UnsupportedFieldException">
    /// Ollama cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Write(CallRequest call, string model, ProviderOptions options, IBufferWriter<byte> output) =>
        ChatRequest.Translate(
            new RequestContext(call, model, options, new Refusals("Ollama", options.DropUnsupported)), Carried, output,
            Write);

    private static void Write(JsonOutput output, in ChatFields fields, in RequestContext context)
    {
        var refusals = context.Refusals;
        output.BeginObject();
        output.Text("model"u8, context.Model);
        new OllamaMessages(output).Write(fields[ChatField.Messages]);

        // Streams are what it makes when nothing is said.
        output.Name("stream"u8);
        output.Raw(context.Call.Stream ? "true"u8 : "false"u8);
        WriteTools(output, fields, refusals);
        WriteFormat(output, fields[ChatField.ResponseFormat], refusals);
        WriteOptions(output, fields, refusals);
        ChatOptions.WriteLogprobs(output, fields, "logprobs"u8, "top_logprobs"u8, refusals);
        OllamaThinking.Write(output, fields, context.Model, refusals);
        if (!fields[ChatField.KeepAlive].IsMissing)
        {
            output.Value("keep_alive"u8, fields[ChatField.KeepAlive]);
        }

        output.EndObject();
    }

    private static void WriteTools(JsonOutput output, in ChatFields fields, Refusals refusals)
    {
        var choice = ChatToolChoice.Read(
            fields[ChatField.ToolChoice], fields[ChatField.ParallelToolCalls], refusals);
        var any = false;
        var items = new ChatTools(fields[ChatField.Tools], refusals);
        while (items.Next())
        {
            // The choice is the model's own; what it must not call it isn't told of.
            if (choice.Kind == ChatToolChoiceKind.None)
            {
                continue;
            }

            if (items.Tool.IsStrict)
            {
                refusals.Option(items.Tool.StrictPlace, "Ollama does not keep calls to their schemas");
            }

            if (!any)
            {
                output.BeginArray("tools"u8);
                any = true;
            }

            items.Tool.Write(output);
        }

        if (!any)
        {
            return;
        }

        output.EndArray();
        if (choice.IsForced)
        {
            refusals.Option("tool_choice", "Ollama's models call a function or not as they like");
        }

        if (choice.IsSingle)
        {
            refusals.Option("parallel_tool_calls", "Ollama's models cannot be kept from several calls at once");
        }
    }

    private static void WriteFormat(JsonOutput output, JsonView format, Refusals refusals)
    {
        var schema = ChatOptions.Schema(format, out var isJson, refusals);
        if (isJson)
        {
            output.Word("format"u8, "json"u8);
        }
        else if (!schema.IsMissing)
        {
            output.Value("format"u8, schema);
        }
    }

    private static void WriteOptions(JsonOutput output, in ChatFields fields, Refusals refusals)
    {
        output.BeginObject("options"u8);
        var limit = fields[ChatField.MaxCompletionTokens].IsMissing
            ? ChatField.MaxTokens
            : ChatField.MaxCompletionTokens;
        WriteNumber(output, fields, limit, "num_predict"u8);
        WriteNumber(output, fields, ChatField.Temperature, "temperature"u8);
        WriteNumber(output, fields, ChatField.TopP, "top_p"u8);
        WriteNumber(output, fields, ChatField.TopK, "top_k"u8);
        WriteNumber(output, fields, ChatField.Seed, "seed"u8);
        WriteNumber(output, fields, ChatField.FrequencyPenalty, "frequency_penalty"u8);
        WriteNumber(output, fields, ChatField.PresencePenalty, "presence_penalty"u8);
        ChatOptions.WriteStop(output, "stop"u8, fields[ChatField.Stop], takesBlank: true, refusals);
        WriteOwn(output, fields);
        output.EndObject();
    }

    private static void WriteNumber(
        JsonOutput output, in ChatFields fields, ChatField field, ReadOnlySpan<byte> name) =>
        ChatOptions.WriteNumber(output, ChatFields.NameOf(field), name, fields[field]);

    /// <summary>Ollama's own options, but for those that OpenAI's fields have said already.</summary>
    private static void WriteOwn(JsonOutput output, in ChatFields fields)
    {
        var given = fields[ChatField.Options];
        if (given.IsMissing)
        {
            return;
        }

        if (!given.IsObject)
        {
            throw Refusals.Invalid("options", "it must be an object");
        }

        var members = given.Members();
        while (members.Next())
        {
            if (!IsSaid(members.Name, fields))
            {
                output.Value(members.Name, members.Value);
            }
        }
    }

    private static bool IsSaid(ReadOnlySpan<byte> option, in ChatFields fields)
    {
        var field = ChatFields.IndexOf(option);
        return option.SequenceEqual("num_predict"u8)
            ? !fields[ChatField.MaxTokens].IsMissing || !fields[ChatField.MaxCompletionTokens].IsMissing
            : field >= 0 && !fields[(ChatField)field].IsMissing;
    }
}
