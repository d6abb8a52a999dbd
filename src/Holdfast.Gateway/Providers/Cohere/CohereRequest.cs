using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Writes an OpenAI chat request as one of Cohere's chat, version 2.</summary>
internal static class CohereRequest
{
    private static readonly ChatFieldSet Carried = new(
        ChatField.FrequencyPenalty, ChatField.MaxCompletionTokens, ChatField.MaxTokens, ChatField.Messages,
        ChatField.ParallelToolCalls, ChatField.PresencePenalty, ChatField.ReasoningEffort, ChatField.ResponseFormat,
        ChatField.Seed, ChatField.Stop, ChatField.Temperature, ChatField.Thinking,
        ChatField.ToolChoice, ChatField.Tools, ChatField.TopK, ChatField.TopP);

    /// <exception cref="UnsupportedFieldException">
    /// Cohere cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Write(CallRequest call, string model, ProviderOptions options, IBufferWriter<byte> output) =>
        ChatRequest.Translate(
            new RequestContext(call, model, options, new Refusals("Cohere", options.DropUnsupported)), Carried, output,
            Write);

    private static void Write(JsonOutput output, in ChatFields fields, in RequestContext context)
    {
        var refusals = context.Refusals;
        output.BeginObject();
        output.Text("model"u8, context.Model);
        CohereMessages.Write(output, fields[ChatField.Messages]);
        if (context.Call.Stream)
        {
            output.True("stream"u8);
        }

        CohereTools.Write(output, fields, refusals);
        var isNew = !fields[ChatField.MaxCompletionTokens].IsMissing;
        ChatOptions.WriteNumber(
            output, isNew ? "max_completion_tokens" : "max_tokens", "max_tokens"u8,
            fields[isNew ? ChatField.MaxCompletionTokens : ChatField.MaxTokens]);
        ChatOptions.WriteNumber(output, "temperature", "temperature"u8, fields[ChatField.Temperature]);
        ChatOptions.WriteNumber(output, "top_p", "p"u8, fields[ChatField.TopP]);
        ChatOptions.WriteNumber(output, "top_k", "k"u8, fields[ChatField.TopK]);
        ChatOptions.WriteNumber(output, "seed", "seed"u8, fields[ChatField.Seed]);
        WritePenalty(output, "frequency_penalty", "frequency_penalty"u8, fields[ChatField.FrequencyPenalty], refusals);
        WritePenalty(output, "presence_penalty", "presence_penalty"u8, fields[ChatField.PresencePenalty], refusals);
        ChatOptions.WriteStop(output, "stop_sequences"u8, fields[ChatField.Stop], takesBlank: true, refusals);
        WriteFormat(output, fields[ChatField.ResponseFormat], refusals);
        WriteThinking(output, fields, refusals);
        output.EndObject();
    }

    private static void WritePenalty(
        JsonOutput output, string field, ReadOnlySpan<byte> name, JsonView penalty, Refusals refusals)
    {
        if (penalty.TryGetDouble(out var value) && value is < 0 or > 1)
        {
            refusals.Option(field, "Cohere takes 0 to 1");
        }
        else
        {
            ChatOptions.WriteNumber(output, field, name, penalty);
        }
    }

    private static void WriteFormat(JsonOutput output, JsonView format, Refusals refusals)
    {
        var schema = ChatOptions.Schema(format, out var isJson, refusals);
        if (!isJson && schema.IsMissing)
        {
            return;
        }

        output.BeginObject("response_format"u8);
        output.Word("type"u8, "json_object"u8);
        if (!schema.IsMissing)
        {
            output.Value("json_schema"u8, schema);
        }

        output.EndObject();
    }

    private static void WriteThinking(JsonOutput output, in ChatFields fields, Refusals refusals)
    {
        var given = fields[ChatField.Thinking];
        var effort = fields[ChatField.ReasoningEffort];
        if (!given.IsMissing)
        {
            output.Value("thinking"u8, given.IsObject
                ? given
                : throw Refusals.Invalid("thinking", "it must be an object"));
            if (!effort.IsMissing)
            {
                refusals.Option("reasoning_effort", "it says the same as thinking, and only one of them can hold");
            }

            return;
        }

        if (effort.IsMissing)
        {
            return;
        }

        // Cohere's own compatible address knows these two as well.
        if (!effort.Says("none"u8) && !effort.Says("high"u8))
        {
            refusals.Option("reasoning_effort", "Cohere takes none and high");
            return;
        }

        output.BeginObject("thinking"u8);
        output.Word("type"u8, effort.Says("none"u8) ? "disabled"u8 : "enabled"u8);
        output.EndObject();
    }
}
