namespace Holdfast.Gateway.Tests.Configuration.Import;

/// <summary>Whole LiteLLM configurations, and everything that an import makes and says of them.</summary>
public class LiteLlmGoldenTests
{
    [Fact]
    public void A_LiteLLM_proxy_with_groups_fallbacks_and_stores_is_imported() => ImportedText.AssertGolden("""
        model_list:
          - model_name: gpt-4o
            litellm_params:
              model: azure/gpt-4o-eu
              api_base: https://example-eu.openai.azure.com/
              api_key: os.environ/AZURE_EU_KEY
              api_version: "2024-08-01-preview"
              rpm: 60
              timeout: 30
            model_info:
              base_model: azure/gpt-4o
              id: eu-1
          - model_name: gpt-4o
            litellm_params:
              model: openai/gpt-4o
              api_key: sk-a-literal-secret
              rpm: 120
              tpm: 100000
              stream_timeout: 15
          - model_name: claude
            litellm_params:
              model: anthropic/claude-sonnet-4-5
              max_tokens: 2048
              temperature: 0.2
          - model_name: local
            litellm_params: { model: hosted_vllm/qwen, api_base: "http://10.0.0.1:8000/v1" }
          - model_name: nova
            litellm_params: { model: bedrock/converse/amazon.nova-pro, aws_region_name: eu-west-1, aws_secret_access_key: hush }
          - model_name: "openai/*"
            litellm_params: { model: "openai/*", api_key: sk-a-literal-secret }
        litellm_settings:
          drop_params: true
          num_retries: 2
          request_timeout: 900
          fallbacks: [{gpt-4o: [claude, local]}]
          context_window_fallbacks: [{gpt-4o: [claude]}]
          cache: true
          cache_params: { type: redis, host: redis.local, port: 6379, password: os.environ/REDIS_PASSWORD, ttl: 600 }
          success_callback: [prometheus, langfuse]
        router_settings:
          routing_strategy: usage-based-routing-v2
          allowed_fails: 3
          cooldown_time: 30
          model_group_alias: { gpt-4: gpt-4o }
        general_settings:
          master_key: sk-1234
          database_url: postgresql://u:p@h/db
          alerting: [slack]
        environment_variables: { LANGFUSE_SECRET_KEY: hush-hush }
        """,
        "config.yaml", """
        # Made by holdfast import from a configuration of LiteLLM.
        # It needs these environment variables:
        #   ANTHROPIC_API_KEY
        #   AWS_BEARER_TOKEN_BEDROCK
        #   AZURE_EU_KEY
        #   DATABASE_URL
        #   HOLDFAST_ADMIN_KEY
        #   OPENAI_API_KEY
        #   REDIS_PASSWORD
        server:
          adminKey: "${HOLDFAST_ADMIN_KEY}"
          requireKeys: true
        storage:
          connection: "${DATABASE_URL}"
        redis:
          connection: "redis://:${REDIS_PASSWORD}@redis.local:6379"
        defaults:
          timeouts:
            attempt: 15m
            call: 15m
          retry:
            maxRetries: 2
          circuitBreaker:
            failureThreshold: 0
            windowThreshold: 4
            monitoringPeriod: 1m
            recoveryTimeout: 30s
            maxRecoveryTime: 30s
        providers:
          azure:
            type: azure-openai
            apiKey: "${AZURE_EU_KEY}"
            baseUrl: "https://example-eu.openai.azure.com"
            apiVersion: 2024-08-01-preview
            dropUnsupported: true
            deployments:
              gpt-4o: gpt-4o-eu
          openai:
            type: openai
            apiKey: "${OPENAI_API_KEY}"
            dropUnsupported: true
          anthropic:
            type: anthropic
            apiKey: "${ANTHROPIC_API_KEY}"
            defaultMaxTokens: 2048
            dropUnsupported: true
          hosted_vllm:
            type: openai-compatible
            baseUrl: "http://10.0.0.1:8000/v1"
            dropUnsupported: true
          bedrock:
            type: bedrock
            apiKey: "${AWS_BEARER_TOKEN_BEDROCK}"
            region: eu-west-1
            dropUnsupported: true
        models:
          gpt-4o:
            strategy: weighted
            targets:
              - provider: azure
                model: gpt-4o
                weight: 60
                timeouts:
                  attempt: 30s
                queue:
                  throttleRate: 1
              - provider: openai
                model: gpt-4o
                weight: 120
                timeouts:
                  firstToken: 15s
                  idle: 15s
                queue:
                  throttleRate: 2
              - provider: anthropic
                model: claude-sonnet-4-5
                priority: 2
                weight: 0
              - provider: hosted_vllm
                model: qwen
                priority: 3
                weight: 0
          claude:
            targets: [anthropic/claude-sonnet-4-5]
          local:
            targets: [hosted_vllm/qwen]
          nova:
            targets: [bedrock/amazon.nova-pro]
          gpt-4:
            strategy: weighted
            targets:
              - provider: azure
                model: gpt-4o
                weight: 60
                timeouts:
                  attempt: 30s
                queue:
                  throttleRate: 1
              - provider: openai
                model: gpt-4o
                weight: 120
                timeouts:
                  firstToken: 15s
                  idle: 15s
                queue:
                  throttleRate: 2
              - provider: anthropic
                model: claude-sonnet-4-5
                priority: 2
                weight: 0
              - provider: hosted_vllm
                model: qwen
                priority: 3
                weight: 0
        cache:
          enabled: true
          ttl: 10m
        """, """
        8: model_list[0].litellm_params.rpm: changed: became queue.throttleRate, 1 a second: a minute's calls are spread over it; beyond it another target takes the call, or it waits
        12: model_list[0].model_info.id: dropped: is the deployment's id; here it is provider/model
        16: model_list[1].litellm_params.api_key: secret: is a secret and was not copied; set the environment variable OPENAI_API_KEY to it
        17: model_list[1].litellm_params.rpm: changed: became queue.throttleRate, 2 a second: a minute's calls are spread over it; beyond it another target takes the call, or it waits
        18: model_list[1].litellm_params.tpm: changed: limits no tokens here; it only weighs the deployment where nothing else does; the limits that the provider announces in its headers are what counts
        23: model_list[2].litellm_params.max_tokens: changed: became the provider's defaultMaxTokens: it counts when the caller names no limit
        24: model_list[2].litellm_params.temperature: dropped: is a parameter that is added to every call; callers send it themselves
        28: model_list[4].litellm_params.aws_secret_access_key: dropped: is a sign-in of a cloud, which is not there; give the provider an API key or an access token as apiKey
        29: model_list[5].model_name: changed: needs no route: openai/MODEL addresses any model of the provider, and one that does not exist is the provider's error
        30: model_list[5].litellm_params.api_key: secret: is a secret and was not copied; set the environment variable OPENAI_API_KEY to it
        35: litellm_settings.fallbacks[0].gpt-4o: changed: fallbacks of a group whose deployments are drawn have weight 0, which puts them last, in any order
        36: litellm_settings.context_window_fallbacks: dropped: falls back when a prompt is too long, and a caller's error ends a call here; send long prompts to a model of their own
        39: litellm_settings.success_callback[0]: dropped: is a callback ('prometheus'), and there are none here; GET /metrics is always there
        39: litellm_settings.success_callback[1]: dropped: is a callback ('langfuse'), and there are none here; watch GET /metrics, the log, and OpenTelemetry's traces (OTEL_* variables)
        41: router_settings.routing_strategy: changed: became a draw by rpm (weighted): what was used in this minute is not looked at
        46: general_settings.master_key: secret: is a secret and was not copied; set the environment variable HOLDFAST_ADMIN_KEY to it
        47: general_settings.database_url: secret: is a secret and was not copied; set the environment variable DATABASE_URL to it
        47: general_settings.database_url: changed: became storage.connection; LiteLLM's own tables are not read; give the gateway a database of its own
        48: general_settings.alerting: dropped: is about alerts; set alerts.webhookUrl
        49: environment_variables.LANGFUSE_SECRET_KEY: secret: is an environment variable and was not copied; set it where the gateway is started, if it is used
        """);

    [Fact]
    public void LiteLLMs_clouds_aliases_and_an_order_are_imported() => ImportedText.AssertGolden("""
        shared: &shared
          timeout: 1200
          num_retries: 4
        model_list:
          - model_name: smart
            litellm_params:
              <<: *shared
              model: vertex_ai/gemini-2.5-pro
              vertex_project: my-project
              vertex_location: europe-west4
              vertex_credentials: /etc/google.json
              order: 2
          - model_name: smart
            litellm_params:
              <<: *shared
              model: azure/gpt-4o
              api_base: os.environ/AZURE_BASE
              api_key: azure-literal
              order: 1
          - model_name: quick
            litellm_params: { model: gpt-4o-mini, weight: 3, max_parallel_requests: 20, organization: org-1, extra_headers: { x-team: a, x-auth-token: hush } }
          - model_name: quick
            litellm_params: { model: groq/llama-3.3-70b-versatile, weight: 1 }
          - model_name: house
            litellm_params: { model: ollama/llama3.2, api_base: "http://10.0.0.1:11434" }
          - model_name: odd
            litellm_params: { model: replicate/some-model, api_key: r8 }
          - model_name: mixed
            litellm_params: { model: cerebras/llama3.1-8b }
          - model_name: mixed
            litellm_params: { model: cerebras/llama3.1-8b }
        router_settings:
          routing_strategy: latency-based-routing
          routing_strategy_args: { ttl: 10 }
          timeout: 120
          num_retries: 1
          retry_after: 2
          disable_cooldowns: true
          redis_url: redis://user:hush@redis:6379
          default_fallbacks: [house, nowhere]
          model_group_alias: { best: { model: smart, hidden: true }, lost: nothing }
        litellm_settings:
          request_timeout: 600
          num_retries: 9
          content_policy_fallbacks: [{ smart: [quick] }]
          set_verbose: True
        general_settings:
          global_max_parallel_requests: 200
          max_parallel_requests: 50
          health_check_interval: 300
          background_health_checks: true
          max_request_size_mb: 5
          store_model_in_db: true
          some_new_key: 1
        guardrails: [{ guardrail_name: x }]
        """,
        "config.yaml", """
        # Made by holdfast import from a configuration of LiteLLM.
        # It needs these environment variables:
        #   AZURE_API_KEY
        #   AZURE_BASE
        #   CEREBRAS_API_KEY
        #   GROQ_API_KEY
        #   OPENAI_API_KEY
        #   REDIS_URL
        #   VERTEX_ACCESS_TOKEN
        #   X_AUTH_TOKEN
        server:
          maxRequestBytes: 5000000
        redis:
          connection: "${REDIS_URL}"
        defaults:
          timeouts:
            attempt: 2m
          retry:
            maxRetries: 1
            baseDelay: 2s
          queue:
            maxConcurrency: 50
          circuitBreaker:
            failureThreshold: 0
            windowThreshold: 0
          healthCheck:
            interval: 5m
        limits:
          maxConcurrency: 200
          maxQueueSize: 0
        providers:
          vertex:
            type: vertex
            apiKey: "${VERTEX_ACCESS_TOKEN}"
            region: europe-west4
            project: my-project
          azure:
            type: azure-openai
            apiKey: "${AZURE_API_KEY}"
            baseUrl: "${AZURE_BASE}"
          openai:
            type: openai
            apiKey: "${OPENAI_API_KEY}"
            headers:
              openai-organization: org-1
              x-team: a
              x-auth-token: "${X_AUTH_TOKEN}"
          groq:
            type: groq
            apiKey: "${GROQ_API_KEY}"
          ollama:
            type: ollama
            baseUrl: "http://10.0.0.1:11434/v1"
          cerebras:
            type: openai-compatible
            apiKey: "${CEREBRAS_API_KEY}"
            baseUrl: "https://api.cerebras.ai/v1"
        models:
          smart:
            retry:
              maxRetries: 4
            timeouts:
              call: 20m
            targets:
              - provider: vertex
                model: gemini-2.5-pro
                priority: 2
                timeouts:
                  attempt: 20m
              - provider: azure
                model: gpt-4o
                timeouts:
                  attempt: 20m
              - provider: ollama
                model: llama3.2
                priority: 3
          quick:
            strategy: weighted
            targets:
              - provider: openai
                model: gpt-4o-mini
                weight: 1
                queue:
                  maxConcurrency: 20
              - provider: groq
                model: llama-3.3-70b-versatile
                weight: 1
              - provider: ollama
                model: llama3.2
                priority: 2
                weight: 0
          house:
            targets: [ollama/llama3.2]
          mixed:
            strategy: weighted
            targets:
              - provider: cerebras
                model: llama3.1-8b
                weight: 1
              - provider: ollama
                model: llama3.2
                priority: 2
                weight: 0
          best:
            retry:
              maxRetries: 4
            timeouts:
              call: 20m
            targets:
              - provider: vertex
                model: gemini-2.5-pro
                priority: 2
                timeouts:
                  attempt: 20m
              - provider: azure
                model: gpt-4o
                timeouts:
                  attempt: 20m
              - provider: ollama
                model: llama3.2
                priority: 3
        logging:
          level: debug
        """, """
        1: shared: dropped: has no counterpart
        5: model_list[0]: changed: has a timeout longer than a call may take here; the model's timeouts.call became 20m
        11: model_list[0].litellm_params.vertex_credentials: dropped: is a sign-in of a cloud, which is not there; give the provider an API key or an access token as apiKey
        18: model_list[1].litellm_params.api_key: secret: is a secret and was not copied; set the environment variable AZURE_API_KEY to it
        20: model_list[2]: dropped: has a weight, which the routing of 'quick' doesn't look at
        21: model_list[2].litellm_params.model: changed: names no provider; by its first letters it became one of openai
        21: model_list[2].litellm_params.extra_headers.x-auth-token: secret: is a secret and was not copied; set the environment variable X_AUTH_TOKEN to it
        26: model_list[5]: dropped: is left out: provider 'replicate' is not known here and has no api_base; write a provider of type openai-compatible with its address, if it speaks OpenAI's format
        30: model_list[7]: dropped: is the same provider, key and model as a deployment of 'mixed' before it; one target is enough; give the other one a larger weight if it should get more
        33: router_settings.routing_strategy: changed: became a draw by latency and success rate (weighted), where the quickest is only likelier to be first; 'fastest' would ask all targets at once and pay for each
        33: router_settings.routing_strategy: changed: chooses among deployments of the same order; those of smart are tried one after the other (sequential), by their order
        34: router_settings.routing_strategy_args: dropped: tunes the strategy, and ours has no such setting
        39: router_settings.redis_url: secret: is a secret and was not copied; set the environment variable REDIS_URL to it
        40: router_settings.default_fallbacks: dropped: names 'nowhere', which is not in model_list; add it there, or write a target for it into the route
        41: router_settings.model_group_alias.best.hidden: dropped: hides the alias from the list of models, and all of them are listed here
        41: router_settings.model_group_alias.lost: dropped: stands for a model that is not in model_list
        43: litellm_settings.request_timeout: dropped: stands beside router_settings.timeout, which counts
        44: litellm_settings.num_retries: dropped: stands beside router_settings.num_retries, which counts
        45: litellm_settings.content_policy_fallbacks: dropped: falls back when a filter strikes, and a filtered answer counts as one here
        53: general_settings.store_model_in_db: dropped: keeps models in the database; models are in the configuration file only
        54: general_settings.some_new_key: dropped: has no counterpart
        55: guardrails: dropped: checks prompts and answers, which is not there
        """);
}
