using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>The fields of a request to the Messages API that have a counterpart elsewhere.</summary>
internal ref struct CallerFields
{
    public JsonView Messages;
    public JsonView System;
    public JsonView MaxTokens;
    public JsonView Temperature;
    public JsonView TopP;
    public JsonView TopK;
    public JsonView StopSequences;
    public JsonView Tools;
    public JsonView ToolChoice;
    public JsonView Metadata;
    public JsonView Thinking;
    public JsonView ServiceTier;

    /// <summary><c>output_config.effort</c></summary>
    public JsonView Effort;

    /// <summary><c>output_config.format</c>, or <c>output_format</c>, its older name.</summary>
    public JsonView Format;

    /// <exception cref="JsonException">The request is no object.</exception>
    /// <exception cref="UnsupportedFieldException">It has a field that cannot be carried over.</exception>
    public static CallerFields Read(JsonView body, Refusals refusals)
    {
        var fields = default(CallerFields);
        var members = body.Members();
        while (members.Next())
        {
            var value = members.Value;
            switch (members.Name)
            {
                case var name when name.SequenceEqual("messages"u8): fields.Messages = value; break;
                case var name when name.SequenceEqual("system"u8): fields.System = value; break;
                case var name when name.SequenceEqual("max_tokens"u8): fields.MaxTokens = value; break;
                case var name when name.SequenceEqual("temperature"u8): fields.Temperature = value; break;
                case var name when name.SequenceEqual("top_p"u8): fields.TopP = value; break;
                case var name when name.SequenceEqual("top_k"u8): fields.TopK = value; break;
                case var name when name.SequenceEqual("stop_sequences"u8): fields.StopSequences = value; break;
                case var name when name.SequenceEqual("tools"u8): fields.Tools = value; break;
                case var name when name.SequenceEqual("tool_choice"u8): fields.ToolChoice = value; break;
                case var name when name.SequenceEqual("metadata"u8): fields.Metadata = value; break;
                case var name when name.SequenceEqual("thinking"u8): fields.Thinking = value; break;
                case var name when name.SequenceEqual("service_tier"u8): fields.ServiceTier = value; break;
                case var name when name.SequenceEqual("output_format"u8): fields.Format = value; break;
                case var name when name.SequenceEqual("output_config"u8): fields.ReadOutput(value, refusals); break;
                // Written from what the face found. Where an answer begins to be cached changes nothing in it.
                case var name when name.SequenceEqual("model"u8) || name.SequenceEqual("stream"u8)
                    || name.SequenceEqual("cache_control"u8): break;
                default: Refuse("", members, refusals); break;
            }
        }

        return fields;
    }

    private void ReadOutput(JsonView config, Refusals refusals)
    {
        if (config.IsMissing)
        {
            return;
        }

        if (!config.IsObject)
        {
            throw Refusals.Invalid("output_config", "it must be an object");
        }

        var members = config.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("effort"u8): Effort = members.Value; break;
                case var name when name.SequenceEqual("format"u8): Format = members.Value; break;
                default: Refuse("output_config.", members, refusals); break;
            }
        }
    }

    private static void Refuse(string parent, in JsonMembers members, Refusals refusals)
    {
        if (!members.Value.IsMissing)
        {
            refusals.Option(parent + Encoding.UTF8.GetString(members.Name));
        }
    }
}
